from dataclasses import replace

import numpy as np
import pytest

from classifier import abstention
from classifier.abstention import Rule
from tests.classifier.test_evaluation import outcome

MIXED = outcome(("a", "a", 0.9), ("a", "a", 0.8), ("b", "a", 0.7), ("b", "b", 0.6), ("a", "b", 0.5))


def test_the_least_confidence_is_the_lowest_that_is_right_often_enough() -> None:
    assert abstention.choose_confidence(MIXED, 1.0, accuracy=1.0) == pytest.approx(0.8, abs=1e-4)
    assert abstention.choose_confidence(MIXED, 1.0, accuracy=0.75) == pytest.approx(0.6, abs=1e-4)
    assert abstention.choose_confidence(MIXED, 1.0, accuracy=0.6) == 0.0


def test_nearly_all_is_withheld_where_nothing_is_good_enough() -> None:
    assert abstention.choose_confidence(outcome(("a", "b", 0.9)), 1.0) == pytest.approx(0.9)


def test_the_least_familiarity_keeps_the_share_that_was_asked_for() -> None:
    hundred = replace(outcome(*[("a", "a", 0.9)] * 100), familiarity=np.arange(100) / 100)

    least = abstention.choose_familiarity(hundred, share=0.98)

    assert least == pytest.approx(0.02)
    assert abstention.familiar(hundred, least).mean() == 0.98
    assert abstention.choose_familiarity(hundred, share=1.0) == 0.0
    assert abstention.choose_familiarity(MIXED) is None


def test_without_prototypes_all_is_familiar() -> None:
    assert abstention.familiar(MIXED, 0.5).all()
    assert abstention.familiar(replace(MIXED, familiarity=np.zeros(5)), None).all()


def test_what_is_unfamiliar_or_unsure_gets_no_answer() -> None:
    known = replace(MIXED, familiarity=np.array([0.1, 0.9, 0.9, 0.9, 0.9]))

    assert abstention.answered(known, Rule(1.0, 0.65, 0.5)).tolist() == [False, True, True, False, False]


def test_choose_judges_confidence_by_what_is_familiar() -> None:
    """Of 50, one is unfamiliar and surely wrong; with it the threshold would have to be beyond its 0.99."""
    rows = outcome(("b", "a", 0.99), *[("a", "a", 0.9)] * 49)
    near = replace(rows, familiarity=np.array([0.1, *[0.9] * 49]))

    assert abstention.choose(near).familiarity == pytest.approx(0.9)
    assert abstention.choose(near).confidence == 0.0
    assert abstention.choose(rows).confidence > 0.5


def test_a_handful_of_photographs_makes_no_model_doubt_itself() -> None:
    """Five wrong ones would ask for the highest temperature there is, and confidences of a coin among the labels."""
    wrong = outcome(*[("b", "a", 0.99)] * 5)

    assert abstention.choose(wrong) == Rule()
    assert abstention.choose(outcome(*[("b", "a", 0.99)] * abstention.FEWEST)).temperature > 10


def test_a_rule_is_what_a_manifest_keeps() -> None:
    fields = Rule(2.0, 0.7, None).fields()

    assert fields == {"temperature": 2.0, "abstain_threshold": 0.7, "familiarity_threshold": None}


def test_risk_rises_with_coverage_from_the_surest_on() -> None:
    coverage, risk = abstention.risk_coverage(MIXED, 1.0)

    assert coverage.tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 4, 2 / 5])
    assert abstention.area_under_risk(MIXED, 1.0) == pytest.approx((1 / 3 + 1 / 4 + 2 / 5) / 5)
