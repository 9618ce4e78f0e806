"""Which word decides."""

from datetime import UTC, datetime

import pytest

from wasteapp.models import NOT_WASTE, Annotation, Category, Kind, Role
from wasteapp.services.verdicts import decision, label_of, reviewers_agreed

NAMES = {"metal": Kind.CORRECT, "glass": Kind.CONFIRM, "?": Kind.UNSURE, "-": Kind.NOT_WASTE}


def said(text: str) -> Annotation:
    """`owner1 metal` or `reviewer2 glass withdrawn` as an annotation."""
    person, word, *rest = text.split()
    kind = NAMES[word]
    category = Category(slug=word) if kind in (Kind.CORRECT, Kind.CONFIRM) else None
    return Annotation(
        who_id=int(person[-1]),
        role=Role(person[:-1]),
        kind=kind,
        category=category,
        withdrawn_at=datetime(2026, 1, 1, tzinfo=UTC) if rest else None,
    )


@pytest.mark.parametrize(
    ("words", "reviews", "label"),
    [
        ([], 1, ""),
        (["owner1 glass"], 1, "glass"),
        (["owner1 glass", "owner1 metal"], 1, "metal"),
        (["owner1 glass", "owner1 ?"], 1, ""),
        (["owner1 -"], 1, NOT_WASTE),
        (["owner1 glass", "owner1 metal withdrawn"], 1, "glass"),
        (["owner1 glass withdrawn"], 1, ""),
        # a reviewer outweighs the owner, before or after
        (["owner1 glass", "reviewer2 metal"], 1, "metal"),
        (["reviewer2 metal", "owner1 glass"], 1, "metal"),
        (["owner1 glass", "reviewer2 metal withdrawn"], 1, "glass"),
        (["owner1 glass", "reviewer2 ?"], 1, "glass"),
        (["owner1 glass", "reviewer2 -"], 1, NOT_WASTE),
        # as many reviewers as are required, each by their last word
        (["owner1 glass", "reviewer2 metal"], 2, "glass"),
        (["reviewer2 metal", "reviewer3 metal"], 2, "metal"),
        (["reviewer2 metal", "reviewer2 metal"], 2, ""),
        (["reviewer2 glass", "reviewer3 metal", "reviewer2 metal"], 2, "metal"),
        (["owner1 glass", "reviewer2 metal", "reviewer3 -"], 1, "glass"),
        (["reviewer2 metal", "reviewer3 metal", "reviewer4 -"], 1, "metal"),
        # an operator decides, also that nobody knows
        (["operator5 metal", "reviewer2 glass", "owner1 glass"], 1, "metal"),
        (["operator5 metal", "admin6 glass"], 1, "glass"),
        (["owner1 glass", "operator5 ?"], 1, ""),
        (["owner1 glass", "operator5 metal withdrawn"], 1, "glass"),
    ],
)
def test_the_verified_label(words, reviews, label):
    assert label_of(annotation=decision(annotations=[*map(said, words)], required_reviews=reviews)) == label


def test_the_deciding_word_is_the_latest_of_those_who_agreed():
    words = [*map(said, ["reviewer2 metal", "reviewer3 glass", "reviewer4 metal"])]
    assert decision(annotations=words, required_reviews=2) is words[2]


@pytest.mark.parametrize(
    ("words", "label", "number"),
    [
        (["owner1 glass"], "glass", None),
        (["owner1 glass", "reviewer2 metal withdrawn"], "glass", None),
        (["reviewer2 metal", "operator3 ?"], "", None),
        (["reviewer2 metal", "operator3 metal"], "metal", None),
        (["reviewer2 metal", "reviewer3 glass"], "", None),
        (["owner1 glass", "reviewer2 ?"], "glass", 0),
        (["owner1 glass", "reviewer2 metal", "reviewer3 -"], "glass", 0),
        (["reviewer2 metal", "reviewer3 metal", "reviewer4 -"], "metal", 2),
        (["reviewer2 metal", "reviewer2 metal", "operator3 glass withdrawn"], "metal", 1),
        (["reviewer2 -", "reviewer3 -"], NOT_WASTE, 2),
    ],
)
def test_how_many_reviewers_a_label_rests_on(words, label, number):
    assert reviewers_agreed(annotations=[said(word) for word in words], label=label) == number
