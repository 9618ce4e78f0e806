"""The settings of a training: what they are where nobody says otherwise, and what they mean to the classifier."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from classifier.architectures import ARCHITECTURES, architecture
from classifier.artefact import WEIGHTS
from classifier.configuration import PRECISIONS, ConfigurationError, TrainConfig
from classifier.weights import IMAGENET
from wasteapp.models import ModelVersion
from wasteapp.services.errors import Invalid

EPOCHS, BATCH, SEED = 8, 32, 0
MOST_EPOCHS, MOST_BATCH, HIGHEST_RATE = 200, 256, 0.1
FLOAT_BYTES, SHARE_OF_MEMORY = 4, 0.6
ALL_BLOCKS = 999  # frozen: more than any network has
# Seconds a photograph and epoch on two cores, until trainings of this site tell better (docs/models.md).
USUAL_SECONDS = {
    "efficientnet_lite0": 0.035,
    "mobilenet_v2": 0.03,
    "efficientnet_v2_s": 0.35,
    "simple_cnn": 0.02,
}


@dataclass(frozen=True)
class Settings:
    """What a person may choose of a training."""

    epochs: int
    batch: int
    learning_rate: float
    last_layers: bool  # only those after the blocks learn
    precision: str
    seed: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def settings_usual(*, network: str, from_model: bool) -> Settings:
    """What is sane for small data on a CPU; a model's own weights want smaller steps than a backbone's."""
    recipe = architecture(network).recipe
    rate = recipe.learning_rate[0]
    return Settings(EPOCHS, BATCH, rate / 2 if from_model else rate, False, recipe.precision, SEED)


def settings_check(*, chosen: Settings) -> None:
    """Raises `Invalid` with a sentence that names what is out of bounds."""
    bounds = {
        "epochs": (1, MOST_EPOCHS),
        "batch": (1, MOST_BATCH),
        "learning_rate": (1e-7, HIGHEST_RATE),
        "seed": (0, 2**32 - 1),
    }
    for name, (least, most) in bounds.items():
        if not least <= getattr(chosen, name) <= most:
            raise Invalid(
                _("%(name)s must be from %(least)s to %(most)s.")
                % {"name": name, "least": least, "most": most}
            )
    if chosen.precision not in PRECISIONS:
        raise Invalid(_("The precision must be one of %(names)s.") % {"names": ", ".join(PRECISIONS)})


def config_of(
    *, network: str, labels: tuple[str, ...], configuration: Mapping[str, Any], photographs: int
) -> TrainConfig:
    """The classifier's own settings: one stage of the network's recipe. Raises `Invalid`."""
    chosen, recipe = Settings(**configuration), architecture(network).recipe
    try:
        return TrainConfig.of(
            network,
            labels=labels,
            epochs=(chosen.epochs,),
            learning_rate=(chosen.learning_rate,),
            train_size=recipe.train_size[:1],
            augmentation=recipe.augmentation[:1],
            frozen_blocks=ALL_BLOCKS if chosen.last_layers else recipe.frozen_blocks,
            batch=max(1, min(chosen.batch, photographs)),
            precision=chosen.precision,
            seed=chosen.seed,
            mean_of_stages=False,
            patience=0,
        )
    except ConfigurationError as error:
        raise Invalid(str(error)) from error


def memory_check(*, config: TrainConfig, photographs: Mapping[str, int]) -> None:
    """Raises `Invalid` where the photographs, which are held in memory, are more than this machine can hold."""
    learnt = photographs.get("train", 0) * config.cache_size**2 * 3
    validated = photographs.get("val", 0) * config.input_size**2 * 3 * FLOAT_BYTES
    has = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if learnt + validated > has * SHARE_OF_MEMORY:
        raise Invalid(
            _(
                "So many photographs take %(needs)s MB of memory, and the training worker's machine has %(has)s MB."
            )
            % {"needs": (learnt + validated) >> 20, "has": has >> 20}
        )


def start_check(*, network: str, start: ModelVersion | None, weights: str, last_layers: bool) -> None:
    """Raises `Invalid` where a training of this network cannot begin so."""
    if network not in ARCHITECTURES:
        raise Invalid(
            _("There is no network “%(name)s”; there are %(names)s.")
            % {"name": network, "names": ", ".join(ARCHITECTURES)}
        )
    if start and not has_weights(version=start):
        raise Invalid(
            _("%(version)s was brought without its weights, so that nothing can begin with it.")
            % {"version": start}
        )
    if start and start.manifest["architecture"] != network:
        raise Invalid(
            _("%(version)s is of the network %(its)s, so that its weights do not fit %(network)s.")
            % {"version": start, "its": start.manifest["architecture"], "network": network}
        )
    if start is None and weights == IMAGENET and not _has_backbone(network):
        raise Invalid(
            _("This site has no ImageNet weights for %(network)s: SORTWISE_BACKBONES names their folder.")
            % {"network": network}
        )
    if start is None and weights != IMAGENET and last_layers:
        raise Invalid(_("A network that begins with nothing must learn as a whole."))


def has_weights(*, version: ModelVersion) -> bool:
    """Whether a training can begin with a model."""
    return WEIGHTS in version.manifest.get("files", {})


def backbone(*, network: str) -> str:
    """The ImageNet weights of a network: a file of the site's, else what Keras fetches."""
    path = settings.BACKBONES / f"{network}_imagenet.npz" if settings.BACKBONES else None
    return str(path) if path and path.is_file() else IMAGENET


def _has_backbone(network: str) -> bool:
    """As far as the web server can tell: the folder may be on the training worker's machine alone."""
    return architecture(network).weights == IMAGENET or settings.BACKBONES is not None
