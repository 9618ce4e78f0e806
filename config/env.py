"""The environment, read once and typed. No other module reads `os.environ`.

A missing or malformed setting stops the start with a sentence that names it. The README's table of settings
is checked against this class by `tests/wasteapp/test_env.py`.
"""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from classifier.artefact import SHIPPED
from config import addresses

PROJECT = Path(__file__).resolve().parent.parent

Names = Annotated[list[str], NoDecode]


def variable(name: str, default: Any, description: str, **limits: Any) -> Any:
    """A settings field that is read from the variable `name`."""
    return Field(default=default, validation_alias=name, description=description, **limits)


def rate(name: str, default: str, description: str) -> Any:
    """A settings field that says how often: `NUMBER/UNIT`."""
    return variable(name, default, description, pattern=r"^\d+/(second|minute|hour|day)$")


class Environment(BaseSettings):
    """Every setting of an installation. Sizes are bytes, times are seconds."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True, env_ignore_empty=True)

    secret_key: str = Field(
        validation_alias="SORTWISE_SECRET_KEY",
        min_length=32,
        description="Signs sessions and links: random, 32 characters or more, one for all machines. run.py makes it.",
    )
    debug: bool = variable(
        "SORTWISE_DEBUG", False, "Django's debug pages. Never where strangers can reach them."
    )
    data_dir: Path = variable(
        "SORTWISE_DATA_DIR",
        PROJECT / "var",
        "Database, photographs, models and logs, unless addressed below.",
    )
    allowed_hosts: Names = variable(
        "SORTWISE_ALLOWED_HOSTS",
        ["localhost", "127.0.0.1", "[::1]"],
        "Host names that are answered, with commas.",
    )
    trusted_origins: Names = variable(
        "SORTWISE_TRUSTED_ORIGINS",
        [],
        "Origins that forms may come from behind a proxy: https://host, with commas.",
    )
    tls: bool = variable("SORTWISE_TLS", False, "People come by HTTPS: secure cookies and HSTS.")
    proxies: int = variable(
        "SORTWISE_BEHIND_PROXY",
        0,
        "How many proxies stand in front: so many hops of X-Forwarded-For are believed, and X-Forwarded-Proto.",
        ge=0,
        le=9,
    )
    database_url: str = variable(
        "DATABASE_URL", "", "postgres://user:password@host/name. Empty: SQLite in the data folder."
    )
    broker_url: str = variable(
        "BROKER_URL",
        "redis://127.0.0.1:6379/0",
        "Valkey, Redis (redis://, rediss://, redis+socket://) or RabbitMQ (amqp://).",
    )
    storage_url: str = variable(
        "STORAGE_URL",
        "",
        "s3://key:secret@bucket?endpoint=https://host&region=name. Empty: media/ in the data folder.",
    )
    cache_url: str = variable(
        "CACHE_URL",
        "",
        "Valkey or Redis that several web processes count limits in. Empty: each process counts for itself.",
        pattern=r"^((rediss?|unix)://.+)?$",
    )
    accel: str = variable(
        "SORTWISE_ACCEL",
        "",
        "Address at which nginx alone serves the media folder, such as /stored/. Empty: Sortwise sends files.",
        pattern=r"^(/[\w-]+/)?$",
    )
    signed_seconds: int = variable(
        "SORTWISE_SIGNED_SECONDS",
        0,
        "How long an address signed for S3 is valid, to which files are redirected. 0: Sortwise sends files.",
        ge=0,
        le=3600,
    )
    email_url: str = variable(
        "EMAIL_URL",
        "",
        "smtp://user:password@host:587?tls=true. Empty: no mail is sent, an admin makes reset links.",
    )
    email_from: str = variable("SORTWISE_EMAIL_FROM", "sortwise@localhost", "Sender of the mail.")
    embedded: bool = variable("SORTWISE_EMBEDDED", False, "Set by run.py: everything runs on this machine.")
    model_dir: Path = variable("SORTWISE_MODEL_DIR", SHIPPED, "The model folder that `prepare` registers.")
    base_data: Path | None = variable(
        "SORTWISE_BASE_DATA", None, "Folder of labelled photographs that trainings mix with the corrections."
    )
    backbones: Path | None = variable(
        "SORTWISE_BACKBONES", None, "Folder of NETWORK_imagenet.npz files that trainings may begin with."
    )
    import_dir: Path | None = variable(
        "SORTWISE_IMPORT_DIR", None, "Folder below which operators may name folders of photographs to import."
    )
    max_import_bytes: int = variable(
        "SORTWISE_MAX_IMPORT_BYTES", 4_000_000_000, "Largest file of photographs to import.", ge=1
    )
    holdout: Path | None = variable(
        "SORTWISE_HOLDOUT",
        None,
        "Labelled folder or zip whose test split candidates are judged on, beside the site's own. Empty: none.",
    )
    holdout_least: int = variable(
        "SORTWISE_HOLDOUT_LEAST", 100, "Photographs under which a comparison is no judgement.", ge=1
    )
    holdout_least_label: int = variable(
        "SORTWISE_HOLDOUT_LEAST_LABEL", 5, "The same for each label of the candidate.", ge=1
    )
    gate_recall: float = variable(
        "SORTWISE_GATE_RECALL", 0.5, "Recall of a label under which no candidate passes.", ge=0, le=1
    )
    gate_ece: float = variable(
        "SORTWISE_GATE_ECE", 0.1, "Calibration error above which no candidate passes.", ge=0, le=1
    )
    gate_slower: float = variable(
        "SORTWISE_GATE_SLOWER", 2.0, "How many times the time of the model in service it may take.", gt=0
    )

    max_upload_bytes: int = variable("SORTWISE_MAX_UPLOAD_BYTES", 25_000_000, "Largest photograph.", ge=1)
    max_image_pixels: int = variable(
        "SORTWISE_MAX_IMAGE_PIXELS", 64_000_000, "Most pixels of a photograph.", ge=1
    )
    kept_side: int = variable(
        "SORTWISE_KEPT_SIDE", 1024, "Longest side of the copy that is kept, in pixels.", ge=64
    )
    quota_items: int = variable("SORTWISE_QUOTA_ITEMS", 100_000, "Most items a person may keep.", ge=1)
    quota_waiting_bytes: int = variable(
        "SORTWISE_QUOTA_WAITING_BYTES",
        10_000_000_000,
        "Most bytes of a person's uploads that wait or could not be read.",
        ge=1,
    )
    upload_rate: str = rate(
        "SORTWISE_UPLOAD_RATE",
        "1200/hour",
        "Uploads a person may make: a number for each second, minute, hour or day.",
    )
    address_upload_rate: str = rate(
        "SORTWISE_ADDRESS_UPLOAD_RATE", "12000/hour", "The same for all who come from one address."
    )
    request_rate: str = rate(
        "SORTWISE_REQUEST_RATE", "6000/minute", "Requests of a person who is signed in, or of an address."
    )
    job_rate: str = rate(
        "SORTWISE_JOB_RATE",
        "120/hour",
        "Long work a person may ask for: copies, data sets, exports, imports, models, comparisons, trainings.",
    )
    wait_seconds: float = variable(
        "SORTWISE_WAIT_SECONDS", 10.0, "Longest that a request waits for its result.", ge=0
    )
    wait_places: int = variable(
        "SORTWISE_WAIT_PLACES", 16, "Requests of a web process that may wait at once.", ge=0
    )
    lease_seconds: float = variable("SORTWISE_LEASE_SECONDS", 60.0, "A worker's claim on a prediction.", gt=0)
    sweep_seconds: float = variable(
        "SORTWISE_SWEEP_SECONDS", 30.0, "Time between two sweeps for lost work.", gt=0
    )
    resend_seconds: float = variable(
        "SORTWISE_RESEND_SECONDS", 60.0, "Age at which a dispatched message may be lost.", gt=0
    )
    breaker_seconds: float = variable(
        "SORTWISE_BREAKER_SECONDS", 5.0, "Pause after the broker did not answer.", gt=0
    )
    trial_seconds: float = variable(
        "SORTWISE_TRIAL_SECONDS",
        20.0,
        "Time between two answers on trial; after three without one the workers count as dead.",
        gt=0,
    )
    token_days: int = variable("SORTWISE_TOKEN_DAYS", 365, "Days that an API token is valid.", ge=1)
    metrics_token: str = variable(
        "SORTWISE_METRICS_TOKEN", "", "Bearer token for /metrics. Empty: this machine only."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = variable(
        "SORTWISE_LOG_LEVEL", "INFO", "How much is logged."
    )
    log_format: Literal["auto", "json", "lines"] = variable(
        "SORTWISE_LOG_FORMAT", "auto", "json, lines for people, or auto: lines at a terminal."
    )

    @field_validator("allowed_hosts", "trusted_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("proxies", mode="before")
    @classmethod
    def _counted(cls, value: object) -> object:
        words = {"true": 1, "false": 0}  # what it was before it was a number
        return words.get(value.lower(), value) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        addresses.database(value, PROJECT)
        return value

    @field_validator("storage_url")
    @classmethod
    def _is_storage(cls, value: str) -> str:
        addresses.storage(value, PROJECT)
        return value

    @field_validator("email_url")
    @classmethod
    def _is_mail_server(cls, value: str) -> str:
        addresses.mail(value)
        return value


def describe(error: ValidationError) -> str:
    """One sentence a faulty setting, each naming its variable and none telling its value."""
    return "\n".join(
        f"Sortwise cannot start: {'.'.join(map(str, fault['loc']))}: {_sentence(fault['msg'])}"
        for fault in error.errors()
    )


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".") + "."


def load() -> Environment:
    """The environment of this process, or the end of it with a sentence on stderr."""
    try:
        return Environment()  # type: ignore[call-arg]
    except ValidationError as error:
        sys.exit(describe(error))
