"""Pictures from a camera or a video file, and into one, by OpenCV (the `video` extra)."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from PIL import Image

from classifier.video import Frame, VideoError

CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".mkv": "mp4v"}  # what OpenCV's own wheels can write
CAMERA_RATE = 20.0  # frames a second that are written of a camera, however many it gives


class Source:
    """A camera by its number, or a video file by its path."""

    def __init__(self, source: str) -> None:
        """Opens it. Raises VideoError."""
        self.is_camera = source.isdecimal()
        if not self.is_camera and not Path(source).is_file():
            raise VideoError(f"There is no video file {source}.")
        self._capture = cv2.VideoCapture(int(source) if self.is_camera else source)
        if not self._capture.isOpened():
            raise VideoError(
                f"Camera {source} cannot be opened." if self.is_camera else f"{source} is no video."
            )
        told = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = CAMERA_RATE if self.is_camera or not 1 <= told <= 240 else float(told)
        self.count = (
            None if self.is_camera else max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))) or None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._capture.release()

    def frames(self) -> Iterator[Frame]:
        """The pictures: a file's at its own rate, a camera's when they come."""
        started = time.perf_counter()
        number = 0
        while True:
            there, pixels = self._capture.read()
            if not there:
                return
            seconds = time.perf_counter() - started if self.is_camera else number / self.rate
            yield seconds, Image.fromarray(np.ascontiguousarray(pixels[..., ::-1]))
            number += 1


class Target:
    """A video file that plays as fast as what it was made of: pictures are repeated or left out to keep time."""

    def __init__(self, path: Path, rate: float) -> None:
        """Raises VideoError for a kind of file that cannot be written."""
        if path.suffix.lower() not in CODECS:
            raise VideoError(f"{path} must end in one of {', '.join(CODECS)}.")
        self._path, self._rate = path, rate
        self._writer: cv2.VideoWriter | None = None
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            self._writer.release()

    def write(self, frame: Frame) -> bool:
        """Adds the picture, as often as the time that it stands for; always wants more. Raises VideoError."""
        seconds, image = frame
        if self._writer is None:
            self._writer = self._open(image.size)
        pixels = np.ascontiguousarray(np.asarray(image)[..., ::-1])
        while self._written <= round(seconds * self._rate):
            self._writer.write(pixels)
            self._written += 1
        return True

    def _open(self, size: tuple[int, int]) -> cv2.VideoWriter:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        code = cv2.VideoWriter.fourcc(*CODECS[self._path.suffix.lower()])
        writer = cv2.VideoWriter(str(self._path), code, self._rate, size)
        if not writer.isOpened():
            raise VideoError(f"{self._path} cannot be written.")
        return writer
