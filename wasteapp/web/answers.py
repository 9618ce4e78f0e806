"""An item as a page shows it: one object a template can read without asking the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _

from wasteapp.known_texts import in_their_language
from wasteapp.models import NOT_WASTE, Annotation, Bin, Category, Hint, Item, Prediction, SiteSettings, User
from wasteapp.models.prediction import OPEN, UNFAMILIAR
from wasteapp.models.user import Role
from wasteapp.queries import categories, current_annotation, prediction_shown
from wasteapp.services.activation import has_activation
from wasteapp.services.verdicts import decision
from wasteapp.web.activation import place_of

VERY_SURE, FAIRLY_SURE = 90, 70  # percent


@dataclass(frozen=True)
class Choice:
    """A label that the model considered."""

    slug: str
    name: str
    stream: str
    stream_name: str
    bin: Bin | None
    percent: int


@dataclass(frozen=True)
class Answer:
    """An item for somebody's eyes."""

    item: Item
    viewer: User
    known: Mapping[str, Category]

    @cached_property
    def prediction(self) -> Prediction | None:
        return prediction_shown(self.item)

    @property
    def state(self) -> str:
        return self.prediction.state if self.prediction else self.item.state

    @property
    def pending(self) -> bool:
        return self.state in OPEN

    @property
    def error(self) -> str:
        return in_their_language(self.prediction.error) if self.prediction else ""

    @property
    def label(self) -> str:
        return self.item.label

    @property
    def category(self) -> Category | None:
        return self.known.get(self.item.label)

    @property
    def name(self) -> str:
        if self.not_waste:
            return _("Not waste")
        return self.category.shown_name if self.category else self.item.label

    @property
    def stream(self) -> str:
        return self.category.stream if self.category else ""

    @property
    def stream_name(self) -> str:
        return self.category.get_stream_display() if self.category else ""

    @property
    def bin(self) -> Bin | None:
        return self.category.bin if self.category else None

    @property
    def guidance(self) -> str:
        return self.category.shown_guidance if self.category else ""

    @cached_property
    def ranked(self) -> list[Choice]:
        """All labels, the most probable first."""
        probabilities = self.prediction.probabilities if self.prediction else {}
        return [
            self._choice(label, p) for label, p in sorted(probabilities.items(), key=lambda pair: -pair[1])
        ]

    @property
    def predicted(self) -> Choice | None:
        return next((choice for choice in self.ranked if choice.slug == self._predicted_label), None)

    @property
    def runners_up(self) -> list[Choice]:
        return [choice for choice in self.ranked if choice.slug != self._predicted_label][:2]

    @property
    def percent(self) -> int:
        return _percent(self.prediction.confidence or 0) if self.prediction else 0

    @property
    def stream_percent(self) -> int:
        """How sure the model is of the stream alone, where labels of the same stream add to its label; else 0."""
        if not self.prediction or not self.predicted:
            return 0
        same = {slug for slug, category in self.known.items() if category.stream == self.predicted.stream}
        percent = _percent(sum(p for label, p in self.prediction.probabilities.items() if label in same))
        return percent if percent > self.percent else 0

    @property
    def abstained(self) -> bool:
        return bool(self.prediction and self.prediction.abstained)

    @property
    def unfamiliar(self) -> bool:
        """Whether it abstained because the photograph is like nothing that it learnt."""
        return bool(self.prediction and self.prediction.abstain_reason == UNFAMILIAR)

    @property
    def hints(self) -> list[str]:
        """How to photograph it better, where nobody has said yet what it is."""
        codes = self.prediction.hints if self.prediction and not self.verified else []
        return [str(hint.label) for hint in Hint if hint in codes]

    @property
    def looked(self) -> str:
        """Where the model looked, in words; empty where that is not known."""
        if not self.prediction or not self.predicted or not has_activation(prediction=self.prediction):
            return ""
        return _("What spoke for %(name)s is bright, most of it %(place)s.") % {
            "name": self.predicted.name,
            "place": place_of(self.prediction),
        }

    @property
    def sure(self) -> str:
        if self.abstained or self.percent < FAIRLY_SURE:
            return _("Not sure")
        return _("Very sure") if self.percent >= VERY_SURE else _("Fairly sure")

    @property
    def model_version(self) -> str:
        return self.prediction.model_version.name if self.prediction else ""

    @property
    def earlier(self) -> list[tuple[str, str]]:
        """What versions before said, the latest first: name of the label, name of the version."""
        done = [p for p in self.item.predictions.all() if p.state == "done" and not p.shadow]
        before = [p for p in done[::-1] if p != self.prediction]
        return [(self._choice(p.label, 0).name, p.model_version.name) for p in before]

    @property
    def latency_ms(self) -> int:
        return round(self.prediction.latency_ms or 0) if self.prediction else 0

    @property
    def verified(self) -> bool:
        return bool(self.item.verified_label)

    @property
    def corrected(self) -> bool:
        return self.item.corrected

    @cached_property
    def decided(self) -> Annotation | None:
        """The word that gave the verified label."""
        words = list(self.item.annotations.all())
        return decision(annotations=words, required_reviews=SiteSettings.load().required_reviews)

    @property
    def said_by(self) -> str:
        """Whose word is shown, as a sentence."""
        if not self.verified or self.decided is None:
            return ""
        if self.decided.who_id == self.viewer.pk:
            return _("You said so.")
        return {
            Role.OWNER: _("Whoever took the photograph said so."),
            Role.REVIEWER: _("A reviewer said so."),
        }.get(Role(self.decided.role), _("An operator of this site said so."))

    @property
    def not_waste(self) -> bool:
        return self.item.verified_label == NOT_WASTE

    @cached_property
    def mine(self) -> Annotation | None:
        return current_annotation(item=self.item, user=self.viewer)

    @property
    def choices(self) -> list[Category]:
        return list(self.known.values())

    @property
    def can_annotate(self) -> bool:
        return self.state == "done"

    @property
    def can_delete(self) -> bool:
        return self.item.owner_id == self.viewer.pk

    @property
    def poll_url(self) -> str:
        return reverse("item-result", args=[self.item.pk])

    @property
    def _predicted_label(self) -> str:
        return self.prediction.label if self.prediction else ""

    def _choice(self, label: str, probability: float) -> Choice:
        category = self.known.get(label)
        return Choice(
            slug=label,
            name=category.shown_name if category else label,
            stream=category.stream if category else "",
            stream_name=category.get_stream_display() if category else "",
            bin=category.bin if category else None,
            percent=_percent(probability),
        )


def answer_for(item: Item, viewer: User) -> Answer:
    return Answer(item, viewer, categories())


def answers_for(items: Iterable[Item], viewer: User) -> list[Answer]:
    known = categories()
    return [Answer(item, viewer, known) for item in items]


def _percent(probability: float) -> int:
    """Whole percent; never 100, which would promise too much."""
    return min(round(probability * 100), 99)
