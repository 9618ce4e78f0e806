"""The tables. Rows are the truth of Sortwise; the queue only hints at them."""

from wasteapp.models.annotation import Annotation, Kind
from wasteapp.models.category import Bin, Category, Stream
from wasteapp.models.dataset import Dataset, DatasetEntry, DatasetExport, ExportFormat
from wasteapp.models.item import NOT_WASTE, Item, Source, Split
from wasteapp.models.job import Job, JobKind, JobState
from wasteapp.models.model_version import ModelState, ModelVersion
from wasteapp.models.personal import PersonalCopy
from wasteapp.models.prediction import Hint, Prediction, State
from wasteapp.models.site import Invitation, SiteSettings
from wasteapp.models.upload_key import UploadKey
from wasteapp.models.user import ApiToken, Role, User

__all__ = [
    "NOT_WASTE",
    "Annotation",
    "ApiToken",
    "Bin",
    "Category",
    "Dataset",
    "DatasetEntry",
    "DatasetExport",
    "ExportFormat",
    "Hint",
    "Invitation",
    "Item",
    "Job",
    "JobKind",
    "JobState",
    "Kind",
    "ModelState",
    "ModelVersion",
    "PersonalCopy",
    "Prediction",
    "Role",
    "SiteSettings",
    "Source",
    "Split",
    "State",
    "Stream",
    "UploadKey",
    "User",
]
