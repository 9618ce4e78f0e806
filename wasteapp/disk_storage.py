"""Storage on this machine's disk: a file is whole, or an error says that it is not."""

import errno
import os
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class DiskStorage(FileSystemStorage):
    """Django's, whose copies from one disk to another do not look at how much was written: a full disk takes less.

    A file takes the place of one that has its name.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_overwrite=True, **options)

    def _save(self, name: str, content: "File[Any]") -> str:
        size = content.seek(0, os.SEEK_END)  # its `size` is what somebody said when it was made
        content.seek(0)
        stored: str = super()._save(name, content)  # type: ignore[misc]
        if self.size(stored) != size:
            self.delete(stored)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.path(stored))
        return stored
