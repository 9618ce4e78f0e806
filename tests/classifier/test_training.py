"""Training, export and retraining, on the tiny network."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from classifier.artefact import read_manifest, verify
from classifier.checkpoint import CheckpointError, restore
from classifier.runtime import load
from tests.classifier.conftest import LABELS, STAGES, train_arguments
from tests.classifier.facts import TensorFlow


def test_train_makes_a_model_that_learnt_something(tiny_model: Path) -> None:
    manifest = verify(tiny_model)

    assert manifest.name == "tiny"
    assert manifest.metrics["validation"]["accuracy"] > 0.6
    assert manifest.metrics["test"]["images"] == 12
    assert manifest.training_data["images"] == {"train": 24, "val": 12, "test": 12}
    assert manifest.training_data["labels"]["train"] == {"glass": 8, "metal": 8, "wood": 8}
    assert manifest.training["labels"] == [*LABELS]
    assert {p.name for p in (tiny_model / "report").iterdir()} == {"metrics.json", "index.html"}


def test_the_card_tells_the_figures_and_no_folder_of_this_machine(tiny_model: Path, tiny_data: Path) -> None:
    card = (tiny_model / "MODEL_CARD.md").read_text()
    manifest = read_manifest(tiny_model)

    assert f"{manifest.metrics['test']['accuracy']:.1%}" in card
    assert "--architecture tiny" in card
    for text in (card, (tiny_model / "manifest.json").read_text()):
        assert str(tiny_data) not in text
        assert str(tiny_model.parent) not in text


def test_a_killed_training_goes_on_where_it_was(tiny_model: Path) -> None:
    """The fixture killed it where its first stage ended: every epoch is there once, and learning went on."""
    with (tiny_model.parent / "tiny.work" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))

    assert [row["epoch"] for row in rows] == [str(number) for number in range(1, 21)]
    assert float(rows[15]["loss"]) < float(rows[0]["loss"])


def test_what_a_killed_run_had_begun_is_cleared_away(tiny_model: Path) -> None:
    """The fixture saw that there was something."""
    assert {path.name for path in tiny_model.parent.iterdir()} == {"tiny", "tiny.work"}


def test_a_killed_training_gives_what_an_unbroken_one_gives(
    tensorflow: TensorFlow, tiny_model: Path, tiny_data: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    """Killed as the first stage ends: before the checkpoint, as the fixture did, and behind it."""
    given = [str(path) for path in (tiny_model, tiny_data, tiny_weights)]

    tensorflow.facts("trainings", "whole", tmp_path, *given)
    tensorflow.facts("trainings", "resumed", tmp_path, "after-16", *given)

    unbroken = np.load(tmp_path / "whole" / "checkpoint.npz")
    for work in (tiny_model.parent / "tiny.work", tmp_path / "after-16"):
        killed = np.load(work / "checkpoint.npz")
        assert killed.files == unbroken.files
        for name in (n for n in killed.files if "/" in n):
            assert np.allclose(killed[name], unbroken[name], atol=1e-3), name


def test_patience_ends_a_training_and_keeps_the_best(
    tensorflow: TensorFlow, tiny_data: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    """The second of six epochs validates best, two more are waited for; what was left is not trained further."""
    first, again = tensorflow.facts("trainings", "patient", tmp_path, str(tiny_data), str(tiny_weights))

    assert first == {"epochs": 4, "best": True, "last": False}
    assert again == first


def test_the_graph_gives_what_the_network_gives(
    tensorflow: TensorFlow, tiny_model: Path, tmp_path: Path
) -> None:
    """Keras, filled from the folder's own float16 weights, against the folder's LiteRT file."""
    pictures = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    np.save(tmp_path / "pictures.npy", pictures)
    arguments = (str(tiny_model / "weights.npz"), str(tmp_path / "pictures.npy"))
    expected = np.load(tmp_path / tensorflow.facts("networks", "answers", tmp_path, *arguments))

    outputs = load(tiny_model).run(pictures)

    assert np.allclose(outputs["logits"], expected["logits"][0], atol=0.02)
    assert np.allclose(outputs["embedding"], expected["features"].mean(axis=(1, 2))[0], atol=0.02)
    assert np.allclose(outputs["activation_map"].mean(axis=(0, 1)), expected["logits"][0], atol=0.02)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "checkpoint.npz", log='[{"epoch": 1}]', config='{"batch": 4, "seed": 0}')

    assert restore(tmp_path / "checkpoint.npz", {}, {"batch": 4, "seed": 0}) == [{"epoch": 1}]
    with pytest.raises(CheckpointError, match="batch"):
        restore(tmp_path / "checkpoint.npz", {}, {"batch": 8, "seed": 0})


def test_a_model_can_be_retrained_from_its_own_weights_with_a_new_label(
    tensorflow: TensorFlow, tiny_model: Path, tiny_data: Path, tmp_path: Path
) -> None:
    arguments = train_arguments(tiny_data, tiny_model / "weights.npz", tmp_path / "next")
    arguments[arguments.index("--labels") + 1] = ",".join((*LABELS, "cork"))

    tensorflow.command(*arguments, "--epochs", "1")

    manifest = verify(tmp_path / "next")
    assert manifest.labels == (*LABELS, "cork")
    assert manifest.training_data["initial_weights"]["lineage"] == "the weights of another model folder"
    assert "shows cork: how right it is there is not known" in (tmp_path / "next/MODEL_CARD.md").read_text()


def test_the_mean_of_stages_is_the_mean_of_what_each_ended_with(tiny_model: Path) -> None:
    work = tiny_model.parent / "tiny.work"
    with np.load(tiny_model / "weights.npz") as file:
        found = [file[key] for key in file.files if key != "labels"]
    first, second = (np.load(work / f"stage{number}.npz") for number in (0, 1))

    for index, value in enumerate(found):
        ends = [stage[f"average/{index}"] for stage in (first, second)]
        assert np.allclose(value, np.mean(ends, axis=0), atol=2e-3, rtol=2e-3)
    assert any(not np.allclose(first[f"average/{i}"], second[f"average/{i}"]) for i in range(len(found)))
    assert read_manifest(tiny_model).training["mean_of_stages"] is True


def test_a_training_whose_stage_is_gone_says_so(
    tensorflow: TensorFlow, tiny_model: Path, tiny_data: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_model.parent / "tiny.work", tmp_path / "out.work")
    (tmp_path / "out.work" / "stage0.npz").unlink()
    arguments = [*train_arguments(tiny_data, tiny_weights, tmp_path / "out"), *STAGES]

    assert "stage0.npz is gone" in tensorflow.command(*arguments, status=2).err


def test_a_network_without_an_8_bit_form_is_refused_before_it_is_trained(
    tensorflow: TensorFlow, tiny_data: Path, tmp_path: Path
) -> None:
    arguments = train_arguments(tiny_data, Path("none"), tmp_path / "out")
    options = ("--architecture", "efficientnet_v2_s", "--twin-size", "64")

    assert "no 8-bit form" in tensorflow.command(*arguments, *options, status=2).err
    assert not any(tmp_path.iterdir())


def test_train_refuses_a_data_set_smaller_than_a_batch(
    tensorflow: TensorFlow, tiny_data: Path, tmp_path: Path
) -> None:
    arguments = train_arguments(tiny_data, Path("none"), tmp_path / "out")

    assert "at least 25 photographs" in tensorflow.command(*arguments, "--batch", "25", status=2).err
