"""What is audited wherever it happens: people's rights, accounts, tokens, invitations, and the site's own texts.

The admin, a shell and the services all write these rows, so that the rows themselves are listened to. Who acts is
known from the request or the job that runs (`services.audit.acting`).
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver

from wasteapp.models import ApiToken, Bin, Category, Invitation, SiteSettings, User
from wasteapp.services.audit import audit_record

Values = dict[str, Any]
TEXTS: Mapping[type[Model], str] = {Bin: "bin", Category: "category", SiteSettings: "site", Group: "role"}
RIGHTS = ("is_active", "is_staff", "is_superuser")
USUAL = {"is_active": True, "is_staff": False, "is_superuser": False}  # of somebody who signed up
TOKEN_PART = 16  # of its digest: enough to find it by


@receiver(pre_save)
def before_save(sender: type[Model], instance: Any, raw: bool = False, **_: Any) -> None:
    """Keep how a row was, until it is saved."""
    if not raw and (sender in TEXTS or sender is User):
        instance.audited_before = _values(instance)


@receiver(post_save)
def after_save(sender: type[Model], instance: Any, created: bool, raw: bool = False, **_: Any) -> None:
    """Record what a save changed, if it changed anything."""
    if raw or not (sender in TEXTS or sender is User):
        return
    after = _values(instance) or {}
    before = (USUAL if sender is User else {}) if created else instance.audited_before or {}
    changed = [name for name in after if name not in before or before[name] != after[name]]
    if changed:
        audit_record(
            action=f"{TEXTS.get(sender, 'role')}.{'create' if created and sender is not User else 'change'}",
            subject=_subject(instance),
            before=None if created else {name: before.get(name) for name in changed},
            after={name: after[name] for name in changed},
        )


@receiver(post_save, sender=ApiToken)
def after_token(instance: ApiToken, created: bool, **_: Any) -> None:
    if created:
        audit_record(action="token.create", subject=instance.digest[:TOKEN_PART], after=_owner(instance))


@receiver(post_save, sender=Invitation)
def after_invitation(instance: Invitation, created: bool, **_: Any) -> None:
    """For whom it is stays out of the trail."""
    if created:
        expires = instance.expires.isoformat()
        audit_record(action="invitation.create", subject=instance.pk, after={"expires": expires})


@receiver(post_delete)
def after_delete(sender: type[Model], instance: Any, **_: Any) -> None:
    if sender in TEXTS:
        before = {field.attname: getattr(instance, field.attname) for field in _fields(sender)}
        audit_record(action=f"{TEXTS[sender]}.delete", subject=_subject(instance), before=before)
    elif sender is User:
        audit_record(action="account.delete", subject=instance.pk)
    elif sender is ApiToken:
        digest = instance.digest[:TOKEN_PART]
        audit_record(action="token.delete", subject=digest, before=_owner(instance))
    elif sender is Invitation:
        audit_record(action="invitation.delete", subject=instance.pk)


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
def after_rights(
    sender: type[Model], instance: Model, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    """Record roles and rights that were given or taken, from either side."""
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    if reverse:  # as of `group.user_set`: the holders stand in the set
        _holders(sender, instance, action, pk_set)
        return
    held = _held(sender, instance)
    moved = _names(sender, pk_set) if pk_set is not None else held
    if moved:
        _record(sender, instance, action, held, moved)


def _holders(sender: type[Model], given: Model, action: str, pk_set: set[int] | None) -> None:
    """The same for each who holds it."""
    column = _holder_field(sender)
    if pk_set is None:
        pk_set = set(sender._base_manager.filter(**_given(sender, given)).values_list(column, flat=True))
    holder_model: Any = sender._meta.get_field(column).related_model
    for holder in holder_model.objects.filter(pk__in=pk_set):
        held = _held(sender, holder)
        _record(sender, holder, action, held, [_name(given)])


def _record(sender: type[Model], holder: Model, action: str, held: list[str], moved: list[str]) -> None:
    """Before and after of what somebody, or a role, holds; `held` is as of now, which is before a clearing alone."""
    without = [name for name in held if name not in moved]
    before, after = (without, held) if action == "post_add" else (sorted([*without, *moved]), without)
    kind = "groups" if sender is User.groups.through else "permissions"
    audit_record(action="role.change", subject=_subject(holder), before={kind: before}, after={kind: after})


def _held(sender: type[Model], holder: Model) -> list[str]:
    rows: Any = holder.groups if sender is User.groups.through else _permissions(holder)  # type: ignore[attr-defined]
    return sorted(_name(row) for row in rows.all())


def _permissions(holder: Any) -> Any:
    return holder.user_permissions if isinstance(holder, User) else holder.permissions


def _names(sender: type[Model], pks: set[int]) -> list[str]:
    model = Group if sender is User.groups.through else Permission
    return sorted(_name(row) for row in model.objects.filter(pk__in=pks))


def _name(row: Model) -> str:
    return row.codename if isinstance(row, Permission) else str(row)


def _holder_field(sender: type[Model]) -> str:
    return "group" if sender is Group.permissions.through else "user"


def _given(sender: type[Model], given: Model) -> dict[str, Model]:
    return {"group" if sender is User.groups.through else "permission": given}


def _owner(token: ApiToken) -> Values:
    return {"owner": token.user_id}


def _subject(row: Model) -> str:
    """A category is known by its slug and a role by its name; all else by its number."""
    return str(getattr(row, "slug", "") or (row.name if isinstance(row, Group) else row.pk))


def _fields(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _values(row: Model) -> Values | None:
    """How a row is in the database; None where it is not there."""
    names = RIGHTS if isinstance(row, User) else [field.attname for field in _fields(type(row))]
    return type(row)._base_manager.filter(pk=row.pk).values(*names).first()
