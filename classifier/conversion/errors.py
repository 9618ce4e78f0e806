"""What can be wrong with a model that somebody brings."""

from classifier.manifest import ArtefactError


class ConversionError(ArtefactError):
    """The model cannot be put in service; `str()` says why to a person."""
