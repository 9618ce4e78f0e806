"""Training, export and retraining, on the tiny network."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from classifier import dataset
from classifier.artefact import read_manifest, verify
from classifier.checkpoint import CheckpointError, restore
from classifier.runtime import load
from tests.classifier.conftest import LABELS, run_cli, train_arguments

pytestmark = pytest.mark.usefixtures("train_extra")


def test_train_makes_a_model_that_learnt_something(tiny_model: Path) -> None:
    manifest = verify(tiny_model)

    assert manifest.name == "tiny"
    assert manifest.metrics["validation"]["accuracy"] > 0.6
    assert manifest.metrics["test"]["images"] == 12
    assert manifest.training_data["images"] == {"train": 24, "val": 12, "test": 12}
    assert {p.name for p in (tiny_model / "report").iterdir()} == {
        "metrics.json",
        "index.html",
    }


def test_the_card_tells_the_figures_and_no_folder_of_this_machine(tiny_model: Path, tiny_data: Path) -> None:
    card = (tiny_model / "MODEL_CARD.md").read_text()
    manifest = read_manifest(tiny_model)

    assert f"{manifest.metrics['test']['accuracy']:.1%}" in card
    assert "--architecture tiny" in card
    for text in (card, (tiny_model / "manifest.json").read_text()):
        assert str(tiny_data) not in text
        assert str(tiny_model.parent) not in text


def test_a_killed_training_goes_on_where_it_was(tiny_model: Path) -> None:
    """The fixture killed it after its first checkpoint: every epoch is there once, and learning went on."""
    with (tiny_model.parent / "tiny.work" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))

    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])


def test_the_graph_gives_what_the_network_gives(tiny_model: Path, tiny_data: Path) -> None:
    """Keras, filled from the folder's own float16 weights, against the folder's LiteRT file."""
    script = (
        "import sys, numpy as np; from pathlib import Path; from classifier import architectures, weights; "
        "model = architectures.build('tiny', classes=3); "
        f"weights.load_into(model, weights.read(Path(sys.argv[1])), {LABELS!r}); "
        "features, logits = model(np.load(sys.argv[2]), training=False); "
        "np.savez(sys.argv[3], features=features, logits=logits)"
    )
    inputs = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    inputs_path, outputs_path = tiny_model.parent / "in.npy", tiny_model.parent / "out.npz"
    np.save(inputs_path, inputs)
    weights = str(tiny_model / "weights.npz")
    subprocess.run(
        [sys.executable, "-c", script, weights, str(inputs_path), str(outputs_path)],
        check=True,
        capture_output=True,
    )
    expected = np.load(outputs_path)

    outputs = load(tiny_model).run(inputs)

    assert np.allclose(outputs["logits"], expected["logits"][0], atol=0.02)
    assert np.allclose(outputs["embedding"], expected["features"].mean(axis=(1, 2))[0], atol=0.02)
    assert np.allclose(outputs["activation_map"].mean(axis=(0, 1)), expected["logits"][0], atol=0.02)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "checkpoint.npz", log='[{"epoch": 1}]', config='{"batch": 4, "seed": 0}')

    assert restore(tmp_path / "checkpoint.npz", {}, {"batch": 4, "seed": 0}) == [{"epoch": 1}]
    with pytest.raises(CheckpointError, match="batch"):
        restore(tmp_path / "checkpoint.npz", {}, {"batch": 8, "seed": 0})


def test_a_model_can_be_retrained_from_its_own_weights_with_a_new_label(
    tiny_model: Path, tiny_data: Path, tmp_path: Path
) -> None:
    arguments = train_arguments(tiny_data, tiny_model / "weights.npz", tmp_path / "next")
    labels = ",".join((*LABELS, "cork"))
    arguments[arguments.index("--labels") + 1] = labels

    run_cli(*arguments, "--epochs", "1")

    manifest = verify(tmp_path / "next")
    assert manifest.labels == (*LABELS, "cork")
    assert manifest.training_data["initial_weights"]["lineage"] == "the weights of another model folder"
    assert dataset.load(tiny_data, manifest.labels)


def test_the_mean_of_stages_is_the_mean_of_what_each_ended_with(
    tiny_data: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    arguments = train_arguments(tiny_data, tiny_weights, tmp_path / "out")
    stages = ["--epochs", "2,1", "--train-size", "24,32", "--mean-of-stages", "true"]

    run_cli(*arguments, *stages)

    with np.load(tmp_path / "out" / "weights.npz") as file:
        found = [file[key] for key in file.files if key != "labels"]
    first, second = (np.load(tmp_path / "out.work" / f"stage{number}.npz") for number in (0, 1))
    for index, value in enumerate(found):
        ends = [stage[f"average/{index}"] for stage in (first, second)]
        assert np.allclose(value, np.mean(ends, axis=0), atol=2e-3, rtol=2e-3)
    assert any(not np.allclose(first[f"average/{i}"], second[f"average/{i}"]) for i in range(len(found)))
    assert read_manifest(tmp_path / "out").training["mean_of_stages"] is True

    (tmp_path / "out").rename(tmp_path / "elsewhere")
    (tmp_path / "out.work" / "stage0.npz").unlink()
    assert "stage0.npz is gone" in run_cli(*arguments, *stages, status=2).stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--mean-of-stages", "no"), "must be true or false"),
        (("--architecture", "efficientnet_lite0", "--patience", "3"), "no mean_of_stages"),
        (("--architecture", "efficientnet_v2_s", "--weights", "none"), "no 8-bit form"),
        (("--epochs", "many"), "int, or several with commas"),
    ],
)
def test_train_refuses_settings_before_it_starts(
    options: tuple[str, ...], message: str, tiny_data: Path, tmp_path: Path
) -> None:
    arguments = train_arguments(tiny_data, tmp_path / "none.npz", tmp_path / "out")

    assert message in run_cli(*arguments, *options, status=2).stderr


def test_what_is_switched_off_is_off() -> None:
    """The default network has the mean of stages, which patience cannot go with: so it must be possible to say no."""
    script = (
        "import argparse; from classifier.commands import train; parser = argparse.ArgumentParser(); "
        "train.add_arguments(parser, None); "
        "words = ['--data', 'D', '--out', 'O', '--mean-of-stages', 'False', '--patience', '3']; "
        "print(train._config(parser.parse_args(words)).mean_of_stages)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "False"


def test_train_refuses_a_folder_that_exists_before_it_starts(tiny_data: Path, tmp_path: Path) -> None:
    weights = tmp_path / "none.npz"

    done = run_cli(*train_arguments(tiny_data, weights, tmp_path), status=2)

    assert "exists already" in done.stderr


def test_train_refuses_a_data_set_smaller_than_a_batch(
    tiny_data: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    arguments = train_arguments(tiny_data, tiny_weights, tmp_path / "out")

    done = run_cli(*arguments, "--batch", "25", status=2)

    assert "at least 25 photographs" in done.stderr


def test_train_refuses_weights_that_are_none(tiny_data: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"bad")

    done = run_cli(*train_arguments(tiny_data, tmp_path / "bad.npz", tmp_path / "out"), status=2)

    assert "weights file" in done.stderr
    assert not (tmp_path / "out").exists()
