"""When beat's tasks are due, also after the machine's clock was set back."""

from datetime import datetime, timedelta

from celery.schedules import schedstate, schedule


class Every(schedule):
    """Each so many seconds. What was last run in what is now the future is due: Celery would wait until then."""

    def __init__(self, seconds: float, **options: object) -> None:
        super().__init__(timedelta(seconds=seconds), **options)

    def is_due(self, last_run_at: datetime) -> schedstate:
        if self.maybe_make_aware(last_run_at) > self.now():
            return schedstate(is_due=True, next=self.seconds)
        return super().is_due(last_run_at)

    def __reduce__(self) -> tuple[type, tuple[float]]:
        return self.__class__, (self.seconds,)
