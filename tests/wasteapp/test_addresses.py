"""Addresses of database, storage and mail."""

from pathlib import Path

import pytest

from config.addresses import database, mail, storage

DATA = Path("/data")


def test_without_an_address_the_database_is_sqlite_in_the_data_folder():
    config = database("", DATA)
    assert (config["ENGINE"], config["NAME"]) == ("django.db.backends.sqlite3", "/data/sortwise.sqlite3")
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_database_may_be_on_a_socket_with_a_percent_encoded_path():
    config = database("postgres://sort:p%40ss@%2Frun%2Fpostgresql/sortwise", DATA)
    assert (config["HOST"], config["NAME"]) == ("/run/postgresql", "sortwise")
    assert (config["USER"], config["PASSWORD"]) == ("sort", "p@ss")
    assert config["CONN_HEALTH_CHECKS"] is True


def test_without_an_address_files_are_private_in_the_data_folder():
    options = storage("", DATA)["OPTIONS"]
    assert options["location"] == DATA / "media"
    assert (options["file_permissions_mode"], options["directory_permissions_mode"]) == (0o600, 0o700)


def test_a_storage_address_is_a_bucket_with_keys_endpoint_and_region():
    options = storage("s3://key:se%2Fcret@photos?endpoint=https://s3.example:9000&region=eu-1", DATA)[
        "OPTIONS"
    ]
    assert (options["bucket_name"], options["access_key"], options["secret_key"]) == (
        "photos",
        "key",
        "se/cret",
    )
    assert (options["endpoint_url"], options["region_name"]) == ("https://s3.example:9000", "eu-1")
    assert options["default_acl"] == "private"


def test_keys_of_a_bucket_may_come_from_the_machine():
    options = storage("s3://photos", DATA)["OPTIONS"]
    assert (options["bucket_name"], options["access_key"], options["endpoint_url"]) == ("photos", None, None)


@pytest.mark.parametrize("url", ["ftp://photos", "s3://", "photos", "s3:photos"])
def test_another_storage_address_is_refused(url):
    with pytest.raises(ValueError, match="expected s3://"):
        storage(url, DATA)


def test_mail_has_host_port_name_and_encryption():
    config = mail("smtp://me%40x.org:pa%3Ass@mail.example:587?tls=true")
    assert (config["EMAIL_HOST"], config["EMAIL_PORT"]) == ("mail.example", 587)
    assert (config["EMAIL_HOST_USER"], config["EMAIL_HOST_PASSWORD"]) == ("me@x.org", "pa:ss")
    assert (config["EMAIL_USE_TLS"], config["EMAIL_USE_SSL"]) == (True, False)


def test_without_an_address_no_mail_is_sent():
    assert mail("") == {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_another_mail_address_is_refused(url):
    with pytest.raises(ValueError, match="expected smtp://"):
        mail(url)
