"""A window that shows pictures, by Tk: OpenCV's own cannot tell that there is no display, and ends the process."""

import tkinter
from types import TracebackType
from typing import Self

from PIL import ImageTk

from classifier.video import Frame, VideoError


class Window:
    """A window, until q or Esc is pressed or it is closed."""

    def __init__(self, title: str) -> None:
        """Raises VideoError where there is no display."""
        try:
            self._root = tkinter.Tk()
        except tkinter.TclError as error:
            raise VideoError(
                f"There is no display for a window ({error}); write a file with --out."
            ) from error
        self._is_open = True
        self._root.title(title)
        self._root.protocol("WM_DELETE_WINDOW", self._end)
        for key in ("q", "<Escape>"):
            self._root.bind(key, self._end)
        self._picture = tkinter.Label(self._root)
        self._picture.pack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._root.destroy()

    def show(self, frame: Frame) -> bool:
        """Shows the picture; whether the window still wants more."""
        shown = ImageTk.PhotoImage(frame[1], master=self._root)
        self._picture.configure(image=shown)
        self._picture.image = shown  # type: ignore[attr-defined]  # Tk keeps no reference of its own
        self._root.update()
        return self._is_open

    def _end(self, event: object = None) -> None:
        self._is_open = False
