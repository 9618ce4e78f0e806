import numpy as np
import pytest

from classifier.architectures import ARCHITECTURES
from classifier.configuration import ConfigurationError, Stage, TrainConfig, best_epoch, learning_rates


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_has_a_recipe_that_is_a_configuration(name: str) -> None:
    config = TrainConfig.of(name)

    assert config.architecture == name
    assert sum(stage.epochs for stage in config.stages()) > 0


def test_one_value_stands_for_all_stages() -> None:
    config = TrainConfig.of(
        "tiny", epochs=(3, 2), train_size=(16, 24), learning_rate=(0.1,), augmentation=("mild", "strong")
    )

    assert config.stages() == (Stage(0, 3, 16, 0.1, "mild"), Stage(3, 2, 24, 0.1, "strong"))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": (1, 2), "train_size": (8, 8, 8)}, "as many values"),
        ({"augmentation": ("wild",)}, "no augmentation wild"),
        ({"precision": "int4"}, "precision"),
        ({"patience": 2, "mean_of_stages": True}, "no mean_of_stages"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        TrainConfig.of("tiny", **settings)


def test_the_learning_rate_warms_up_and_goes_down_to_nothing() -> None:
    rates = learning_rates(0.4, total=10, warmup=4)

    assert rates[:5] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert rates[7] == pytest.approx(0.2)  # half-way down a half cosine
    assert np.all(np.diff(rates[4:]) < 0)
    assert rates[-1] > 0


def test_the_latest_of_equal_epochs_is_the_best() -> None:
    assert best_epoch([0.5, 0.9, 0.7, 0.9, 0.8]) == 3


def test_a_checkpoint_holds_for_every_way_to_export() -> None:
    usual, exported, learnt = (
        TrainConfig.of("tiny", **settings).of_weights()
        for settings in ({}, {"precision": "int8", "twin_size": 24, "rounded_epochs": 1}, {"seed": 1})
    )

    assert usual == exported
    assert usual != learnt
