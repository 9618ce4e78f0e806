"""What `prepare` says of an installation before it starts."""

import re
from secrets import token_urlsafe

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from wasteapp.checks import SORTWISE
from wasteapp.models import Category, ModelVersion, User


def found(**options) -> set[str]:
    return {str(m.id) for m in run_checks(tags=[SORTWISE], include_deployment_checks=True, **options)}


@pytest.fixture(autouse=True)
def _safe(settings):
    settings.SECRET_KEY, settings.DEBUG = token_urlsafe(24), False
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def test_a_sound_installation_has_nothing_to_say(db):
    assert found(databases=["default"]) == set()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SECRET_KEY": token_urlsafe(24)[:31]}, {"sortwise.E001"}),
        ({"SECRET_KEY": "change-me-change-me-change-me-change-me"}, {"sortwise.E001"}),
        ({"SECRET_KEY": "x", "DEBUG": True}, {"sortwise.W002"}),
        ({"ALLOWED_HOSTS": ["localhost", "waste.example.org"]}, {"sortwise.W001"}),
        ({"ALLOWED_HOSTS": ["*"]}, {"sortwise.W001"}),
        ({"ALLOWED_HOSTS": ["waste.example.org"], "SESSION_COOKIE_SECURE": True}, set()),
    ],
)
def test_settings_that_are_not_safe_are_told(settings, changes, said):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found() == said


def test_a_label_without_a_category_is_told(db):
    Category.objects.filter(slug="glass").delete()
    assert found(databases=["default"]) == {"sortwise.W004"}


def test_a_model_folder_that_is_none_is_told(db, settings, tmp_path):
    settings.MODEL_DIR = tmp_path
    assert found(databases=["default"]) == {"sortwise.W003"}


def test_prepare_refuses_a_short_key(db, settings):
    settings.SECRET_KEY = "short"
    with pytest.raises(CommandError, match="SORTWISE_SECRET_KEY is shorter than 32"):
        call_command("prepare")
    assert not ModelVersion.objects.exists()


def test_the_first_admin_has_a_password_that_is_easily_typed(db, capsys):
    call_command("prepare", "--admin")
    password = capsys.readouterr().out.partition("ADMIN_PASSWORD=")[2].split()[0]
    assert re.fullmatch("[a-z2-9]{16}", password)
    assert User.objects.get(is_superuser=True).check_password(password)
