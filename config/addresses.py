"""Addresses of the environment, as Django and Celery want them."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import dj_database_url

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;",
}


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's DATABASES entry; without an address, SQLite in WAL mode with immediate transactions."""
    config = dict(
        dj_database_url.parse(url or f"sqlite:///{data_dir / 'sortwise.sqlite3'}", conn_max_age=600)
    )
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = SQLITE_OPTIONS
    else:
        config["CONN_HEALTH_CHECKS"] = True
    return config


OWN, GROUP = (0o600, 0o700), (0o640, 0o750)  # modes of files and folders


def storage(url: str, data_dir: Path, modes: tuple[int, int] = OWN) -> dict[str, Any]:
    """Django's STORAGES entry for photographs, models and exports. None of it has a public address."""
    if not url:
        location = data_dir / "media"
        return {
            "BACKEND": "wasteapp.disk_storage.DiskStorage",
            "OPTIONS": {
                "location": location,
                "file_permissions_mode": modes[0],
                "directory_permissions_mode": modes[1],
            },
        }
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    if parts.scheme != "s3" or not parts.hostname:
        raise ValueError("expected s3://[key:secret@]bucket[?endpoint=…&region=…]")
    options = {
        "bucket_name": parts.hostname,
        "access_key": unquote(parts.username) if parts.username else None,
        "secret_key": unquote(parts.password) if parts.password else None,
        "endpoint_url": query.get("endpoint", [None])[0],
        "region_name": query.get("region", [None])[0],
        "default_acl": "private",
        "file_overwrite": True,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def storage_origins(url: str) -> list[str]:
    """Where a browser that follows an address signed for this storage ends up."""
    options = storage(url, Path())["OPTIONS"] if url else {}
    if "bucket_name" not in options:
        return []
    bucket, region = options["bucket_name"], options["region_name"]
    given = urlsplit(options["endpoint_url"] or "https://s3.amazonaws.com")
    hosts = [
        given.netloc,
        *([f"s3.{region}.amazonaws.com"] if region and not options["endpoint_url"] else []),
    ]
    return [f"{given.scheme}://{prefix}{host}" for host in hosts for prefix in ("", f"{bucket}.")]


def cache(url: str) -> dict[str, Any]:
    """Django's CACHES entry: a server that all web processes share, else this process's own memory.

    A cache that forgets the oldest after 300 entries, as by default, would let a crowd lift limits.
    """
    options = {"MAX_ENTRIES": 100_000}
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": options}
    return {"BACKEND": "wasteapp.shared_cache.SharedCache", "LOCATION": url, "KEY_PREFIX": "sortwise"}


def mail(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings; without an address mail is refused rather than lost in silence."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    if parts.scheme != "smtp" or not parts.hostname:
        raise ValueError("expected smtp://[user:password@]host[:port][?tls=true or ?ssl=true]")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": query.get("tls") == ["true"],
        "EMAIL_USE_SSL": query.get("ssl") == ["true"],
        "EMAIL_TIMEOUT": 10,
    }
