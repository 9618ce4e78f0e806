"""The tables. Rows are the truth of Sortwise; the queue only hints at them."""

from wasteapp.models.annotation import Annotation, Kind
from wasteapp.models.audit import AppendOnly, AuditEvent
from wasteapp.models.category import Bin, Category, Stream
from wasteapp.models.dataset import Dataset, DatasetEntry, DatasetExport, Download, ExportFormat
from wasteapp.models.importing import DataImport
from wasteapp.models.item import NOT_WASTE, Item, Source, Split
from wasteapp.models.job import Job, JobKind, JobState
from wasteapp.models.keeping import FileHold, UnwantedFile
from wasteapp.models.model_version import ModelState, ModelVersion
from wasteapp.models.personal import PersonalCopy
from wasteapp.models.prediction import Hint, Prediction, State
from wasteapp.models.release import (
    Comparison,
    Holdout,
    HoldoutEntry,
    ReleaseAction,
    ReleaseDecision,
    Reprediction,
    RepredictionChange,
    Verdict,
)
from wasteapp.models.review import AssignmentState, AuditSample, ReviewAssignment, ReviewReason
from wasteapp.models.rollup import DailyFigure, Figure
from wasteapp.models.sign import Part, SignOfLife
from wasteapp.models.site import Invitation, SiteSettings
from wasteapp.models.training import TrainingEpoch, TrainingRun
from wasteapp.models.upload_key import UploadKey
from wasteapp.models.user import ApiToken, Role, User

__all__ = [
    "NOT_WASTE",
    "Annotation",
    "ApiToken",
    "AppendOnly",
    "AssignmentState",
    "AuditEvent",
    "AuditSample",
    "Bin",
    "Category",
    "Comparison",
    "DailyFigure",
    "DataImport",
    "Dataset",
    "DatasetEntry",
    "DatasetExport",
    "Download",
    "ExportFormat",
    "Figure",
    "FileHold",
    "Hint",
    "Holdout",
    "HoldoutEntry",
    "Invitation",
    "Item",
    "Job",
    "JobKind",
    "JobState",
    "Kind",
    "ModelState",
    "ModelVersion",
    "Part",
    "PersonalCopy",
    "Prediction",
    "ReleaseAction",
    "ReleaseDecision",
    "Reprediction",
    "RepredictionChange",
    "ReviewAssignment",
    "ReviewReason",
    "Role",
    "SignOfLife",
    "SiteSettings",
    "Source",
    "Split",
    "State",
    "Stream",
    "TrainingEpoch",
    "TrainingRun",
    "UnwantedFile",
    "UploadKey",
    "User",
    "Verdict",
]
