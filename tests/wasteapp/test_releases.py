"""Putting versions in service and taking them back: what is decided, by whom, on which grounds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.wasteapp.candidates import add_version
from wasteapp.models import AuditEvent, Category, Comparison, ModelVersion, ReleaseDecision, Verdict
from wasteapp.services.errors import Invalid, NoModel, NotNow
from wasteapp.services.releases import (
    MOST_SHADOWS,
    model_activate,
    model_active,
    model_retire,
    model_roll_back,
    model_shadow,
)


def judged(candidate: ModelVersion, baseline: ModelVersion, verdict: Verdict) -> Comparison:
    return Comparison.objects.create(candidate=candidate, baseline=baseline, verdict=verdict)


def states() -> dict[str, str]:
    return dict(ModelVersion.objects.values_list("name", "state"))


def test_the_first_version_needs_no_gate(db, otto):
    model_activate(version=add_version("first"), decided_by=otto)
    decision = ReleaseDecision.objects.get()
    assert (decision.action, decision.overridden, decision.previous) == ("activate", False, None)
    assert states() == {"first": "active"}


def test_what_passed_goes_in_service(version, otto):
    candidate = add_version("next")
    passed = judged(candidate, version, Verdict.PASS)
    assert model_activate(version=candidate, decided_by=otto) == model_active() == candidate
    decision = ReleaseDecision.objects.get()
    assert (decision.version, decision.previous, decision.comparison) == (candidate, version, passed)
    assert (decision.overridden, decision.decided_by) == (False, otto)
    assert states() == {"fake": "retired", "next": "active"}
    event = AuditEvent.objects.get(action="model.activate")
    assert (event.actor, event.subject, event.before) == (otto, str(candidate.pk), {"in_service": "fake"})


@pytest.mark.parametrize("reason", ["", "   "])
def test_what_failed_stays_out_without_a_reason(version, reason):
    candidate = add_version("worse")
    judged(candidate, version, Verdict.FAIL)
    with pytest.raises(NotNow, match="The gate did not let"):
        model_activate(version=candidate, override=reason)
    assert (model_active(), ReleaseDecision.objects.count()) == (version, 0)


def test_an_override_keeps_its_reason(version, otto):
    candidate = add_version("worse")
    judged(candidate, version, Verdict.FAIL)
    model_activate(version=candidate, decided_by=otto, override=" glass matters more here ")
    decision = ReleaseDecision.objects.get()
    assert (decision.overridden, decision.reason) == (True, "glass matters more here")
    assert AuditEvent.objects.get(action="model.activate").reason == "glass matters more here"


@pytest.mark.parametrize("verdict", [None, Verdict.ABSTAIN])
def test_without_a_judgement_whoever_decides_is_believed_and_it_is_written_down(version, verdict):
    candidate = add_version("unjudged")
    if verdict:
        judged(candidate, version, verdict)
    model_activate(version=candidate)
    assert ReleaseDecision.objects.get().overridden is True


def test_a_judgement_against_an_earlier_version_does_not_count(version):
    candidate, other = add_version("candidate"), add_version("other")
    judged(candidate, version, Verdict.FAIL)
    model_activate(version=other)
    model_activate(version=candidate)
    assert model_active() == candidate


def test_a_label_without_a_category_is_refused_whatever_the_reason(version):
    candidate = add_version("candidate")
    Category.objects.filter(slug="wood").delete()
    with pytest.raises(Invalid, match="no category for wood"):
        model_activate(version=candidate, override="it must be")
    assert model_active() == version


def test_what_is_in_service_is_not_decided_again(version):
    assert model_activate(version=version) == version
    assert ReleaseDecision.objects.count() == 0


def test_one_step_back_at_a_time(version, otto):
    second, third = add_version("second"), add_version("third")
    model_activate(version=second)
    model_activate(version=third)
    assert model_roll_back(decided_by=otto, reason="it was wrong") == second
    assert model_roll_back(decided_by=otto) == version
    assert states() == {"fake": "active", "second": "retired", "third": "retired"}
    with pytest.raises(NotNow, match="No other version"):
        model_roll_back(decided_by=otto)
    decisions = ReleaseDecision.objects.filter(action="roll_back").values_list(
        "version__name", "previous__name"
    )
    assert list(decisions) == [("fake", "second"), ("second", "third")]
    assert AuditEvent.objects.filter(action="model.roll_back", actor=otto).count() == 2


def test_what_was_taken_back_can_go_in_service_again(version):
    second = add_version("second")
    model_activate(version=second)
    model_roll_back()
    model_activate(version=second)
    assert model_roll_back() == version


def test_there_is_nothing_to_take_back_where_nothing_is_in_service(db):
    with pytest.raises(NoModel):
        model_roll_back()


def test_the_shadow_is_entered_and_left(version, otto):
    candidate = add_version("candidate")
    assert model_shadow(version=candidate, decided_by=otto).state == "shadow"
    with pytest.raises(NotNow):
        model_shadow(version=candidate)
    model_retire(version=candidate, decided_by=otto, reason="too slow")
    with pytest.raises(NotNow):
        model_retire(version=candidate)
    assert list(ReleaseDecision.objects.values_list("action", "reason")) == [
        ("retire", "too slow"),
        ("shadow", ""),
    ]
    assert set(AuditEvent.objects.filter(actor=otto).values_list("action", "actor")) == {
        ("model.shadow", otto.pk),
        ("model.retire", otto.pk),
    }


def test_a_worker_holds_so_many_shadows_and_no_more(version):
    for number in range(MOST_SHADOWS):
        model_shadow(version=add_version(f"shadow-{number}"))
    with pytest.raises(NotNow, match="Retire one first"):
        model_shadow(version=add_version("one-more"))


def test_what_is_in_service_is_neither_shadowed_nor_retired(version):
    for service in (model_shadow, model_retire):
        with pytest.raises(NotNow):
            service(version=version)
    assert states() == {"fake": "active"}


def test_from_the_shadow_into_service(version):
    candidate = add_version("candidate")
    model_shadow(version=candidate)
    model_activate(version=candidate)
    assert states() == {"fake": "retired", "candidate": "active"}


def test_a_site_from_before_decisions_were_kept_can_go_back_too(version):
    now = timezone.now()
    add_version("older", "retired")
    ModelVersion.objects.filter(name="older").update(activated_at=now - timedelta(days=2))
    ModelVersion.objects.filter(pk=version.pk).update(activated_at=now - timedelta(days=1))
    assert model_roll_back().name == "older"
