"""What keeps a backup whole: while it copies, no file goes that its rows may name."""

from django.db import models

from wasteapp.models.fields import CreatedField


class FileHold(models.Model):
    """A backup that is being made. Its lease is renewed while it lives; a killed one's runs out."""

    until = models.DateTimeField()
    created = CreatedField()

    def __str__(self) -> str:
        return f"hold until {self.until}"


class UnwantedFile(models.Model):
    """A file that no row names any more, and that goes when the last hold has ended."""

    name = models.CharField(max_length=200, unique=True)  # in storage
    created = CreatedField()

    def __str__(self) -> str:
        return self.name
