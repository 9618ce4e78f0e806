"""What stops a start."""


class LaunchError(Exception):
    """A sentence for the person at the terminal; `status` is what the process exits with."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status
