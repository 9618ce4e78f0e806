"""The page and the table of `explore`, and what they find odd."""

import csv
import hashlib
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from classifier.dataset import Dataset, Sample, open_folder
from classifier.exploration import charts
from classifier.exploration.findings import doubtful, twins_across_splits
from classifier.exploration.page import EACH, render
from classifier.exploration.survey import COLUMNS, Photograph, Survey, survey, write_table
from classifier.testing import COLOURS, FakeClassifier
from tests.classifier.conftest import run_cli

LABELS = ("glass", "plastic")


def picture(label: str, seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Coarse noise in the colour by which FakeClassifier knows the label."""
    noise = np.random.default_rng(seed).integers(-60, 60, (6, 8, 3)) + COLOURS[label]
    return Image.fromarray(noise.clip(0, 255).astype(np.uint8)).resize(size, Image.Resampling.NEAREST)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folders of splits and labels, six photographs in each."""
    for number, split in enumerate(("train", "val", "test")):
        for label in LABELS:
            (tmp_path / "data" / split / label).mkdir(parents=True)
            for index in range(6):
                seed = 100 * number + index + 10 * LABELS.index(label)
                picture(label, seed).save(tmp_path / "data" / split / label / f"{seed}.png")
    return tmp_path / "data"


def look(folder: Path) -> Survey:
    return survey(open_folder(folder), FakeClassifier(confidence=0.95).predict)


def names(photographs: list[Photograph]) -> list[str]:
    return [Path(p.sample.path).name for p in photographs]


def test_a_survey_measures_every_file(folder: Path) -> None:
    path = folder / "val" / "glass" / "big.jpg"
    picture("glass", 77, (2000, 1500)).filter(ImageFilter.GaussianBlur(20)).save(path)

    found = look(folder)

    big = next(p for p in found.photographs if p.sample.path.endswith("big.jpg"))
    assert len(found.photographs) == 37
    assert (big.width, big.height, big.bytes) == (2000, 1500, path.stat().st_size)
    assert (big.sample.label, big.sample.split) == ("glass", "val")
    assert big.hints == ()
    assert big.opinion is not None
    assert (big.opinion.label, big.opinion.confidence, big.opinion.of_label) == ("glass", 0.95, 0.95)
    others = [p.sharpness for p in found.photographs if p is not big]
    assert big.sharpness < min(others)


def test_without_a_model_there_are_hints_but_no_opinions(folder: Path) -> None:
    picture("glass", 5).point(lambda v: v * 0.1).save(folder / "val" / "glass" / "dark.png")

    found = survey(open_folder(folder))

    assert all(p.opinion is None for p in found.photographs)
    assert doubtful(found) == []
    assert names([p for p in found.photographs if p.hints]) == ["dark.png"]


def test_what_cannot_be_read_is_listed_and_never_fatal(folder: Path) -> None:
    (folder / "train" / "glass" / "broken.jpg").write_bytes(b"\xff\xd8\xff rubbish")
    (folder / "train" / "glass" / "empty.jpg").touch()
    (folder / "train" / "glass" / "note.txt").write_text("not a picture")
    data = open_folder(folder)
    (folder / "test" / "plastic" / "210.png").unlink()
    (folder / "test" / "plastic" / "211.png").write_bytes(
        (folder / "test" / "plastic" / "212.png").read_bytes()
    )

    found = survey(data)

    reasons = {Path(file.sample.path).name: file.reason for file in found.unreadable}
    assert reasons == {
        "broken.jpg": "The picture is damaged and cannot be read.",
        "empty.jpg": "The file is empty.",
        "note.txt": "This is not a JPEG, PNG, WebP, HEIC or GIF picture.",
        "210.png": "No such file or directory",
        "211.png": "This is not the file in the index: its checksum differs.",
    }
    assert len(found.photographs) == 34


def test_near_duplicates_are_found_across_splits_alone(folder: Path) -> None:
    original = picture("glass", 0)
    original.save(folder / "train" / "glass" / "twin.jpg", quality=60)
    original.resize((400, 300)).save(folder / "test" / "glass" / "copy.jpg", quality=80)

    twins = twins_across_splits(look(folder))

    found = {frozenset(names([t.first, t.second])) for t in twins}
    assert found == {frozenset(("0.png", "copy.jpg")), frozenset(("twin.jpg", "copy.jpg"))}
    assert all(t.distance <= 2 and t.similarity is not None and t.similarity > 0.99 for t in twins)


def test_a_hash_that_agrees_by_chance_is_no_near_duplicate(folder: Path) -> None:
    """The same shapes in other colours: the hash looks at brightness alone, the embedding tells them apart."""
    shape = np.asarray(ImageOps.autocontrast(picture("glass", 900).convert("L")))
    for split, channel in (("train", 0), ("val", 1)):
        pixels = np.zeros((*shape.shape, 3), np.uint8)
        pixels[..., channel] = shape
        Image.fromarray(pixels).save(folder / split / "glass" / "shape.png")

    assert len(twins_across_splits(survey(open_folder(folder)))) == 1
    assert twins_across_splits(look(folder)) == []


def test_a_label_is_doubted_where_the_model_is_sure_of_another(folder: Path) -> None:
    picture("plastic", 50).save(folder / "train" / "glass" / "wrong.png")
    (folder / "train" / "battery").mkdir()
    picture("plastic", 51).save(folder / "train" / "battery" / "unknown.png")

    assert names(doubtful(look(folder))) == ["wrong.png"]
    unsure = survey(open_folder(folder), FakeClassifier(confidence=0.6).predict)
    assert doubtful(unsure) == []


def test_the_table_has_every_file_and_nothing_that_a_spreadsheet_would_run(tmp_path: Path) -> None:
    (tmp_path / "glass").mkdir()
    picture("glass", 1).save(tmp_path / "glass" / "a.png")
    digest = hashlib.sha256((tmp_path / "glass" / "a.png").read_bytes()).hexdigest()
    samples = (
        Sample("glass/a.png", "=cmd|x", "drawn", "g1", "train", digest),
        Sample("glass/gone.png", "glass", "drawn", "g2", "val", digest),
    )

    write_table(tmp_path / "files.csv", survey(Dataset(tmp_path, samples, "")))

    first, second = csv.DictReader((tmp_path / "files.csv").read_text().splitlines())
    assert tuple(first) == COLUMNS
    assert (first["path"], first["label"], first["width"], first["height"]) == (
        "glass/a.png",
        "'=cmd|x",
        "160",
        "120",
    )
    assert len(first["perceptual_hash"]) == 16
    assert (second["path"], second["error"]) == ("glass/gone.png", "No such file or directory")


class Page(HTMLParser):
    """What a page would load, and whether its tags close in order."""

    VOID = ("meta", "img", "br", "circle", "rect", "line")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.alternatives: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.sources += [str(values[name]) for name in ("src", "href") if name in values]
        self.alternatives += [str(values.get("alt"))] if tag == "img" else []
        assert tag != "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_beside_it(folder: Path) -> None:
    picture("plastic", 50).save(folder / "train" / "glass" / "wrong.png")
    shutil.copy(folder / "train" / "glass" / "0.png", folder / "val" / "glass" / "copy.png")
    (folder / "test" / "glass" / "bad.jpg").write_bytes(b"no")

    page = Page(render(look(folder), name="data", csv="files.csv", model="fake"))

    assert page.open == []
    assert {source for source in page.sources if not source.startswith("data:image/jpeg;base64,")} == {
        "files.csv"
    }
    shown = [text.partition(", ")[2] for text in page.alternatives]
    assert (
        len(shown) == 2 * EACH + 2 * EACH + 2 + 1
    )  # random, least sharp and darkest, the pair, the doubted one
    assert "wrong.png" in shown
    assert "copy.png" in shown


def test_the_page_shows_the_same_photographs_for_the_same_seed(folder: Path) -> None:
    found = look(folder)
    for number in range(6, 30):
        name = folder / "train" / "glass" / f"more{number}.png"
        picture("glass", 1000 + number).save(name)
    found = look(folder)
    first, again, other = (render(found, name="d", csv="t", model=None, seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_names_from_the_folder_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "<b>x&").mkdir()
    picture("glass", 1).save(tmp_path / "<b>x&" / "<img src=x>.png")
    (tmp_path / "<b>x&" / "<i>.png").touch()

    text = render(look(tmp_path), name="<u>", csv="t.csv", model="<s>")

    assert "<b>x" not in text
    assert "<img src=x>" not in text
    assert "<i>.png" not in text
    assert "<u>" not in text
    assert "<s>" not in text
    assert Page(text).open == []


def test_an_empty_survey_is_still_a_page(tmp_path: Path) -> None:
    text = render(Survey(tmp_path, (), ()), name="nothing", csv="t.csv", model=None)

    assert Page(text).open == []
    assert "0 files" in text


def test_bars_are_as_long_as_their_counts() -> None:
    text = charts.stacked_bars({"glass": {"train": 30, "val": 10}, "wood": {"train": 0, "val": 20}})

    assert text.count("<i ") == 3
    for piece in ('class="train" style="width:75.00%"', 'class="val" style="width:50.00%"', "30 + 10"):
        assert piece in text


def test_a_histogram_puts_what_lies_beyond_into_its_last_bars() -> None:
    text = charts.histogram([-5, 0, 50, 100, 900], low=0, high=100, words="x", mark=25.0)

    assert text.count("<rect") == 3
    assert f'x1="{charts.LEFT + charts.WIDTH / 4:.1f}"' in text
    assert "mark" not in charts.histogram([1], low=0, high=2, words="x")


def test_explore_writes_a_page_and_a_table(tiny_data: Path, tmp_path: Path) -> None:
    done = run_cli("explore", str(tiny_data), "--out", str(tmp_path / "out"), "--no-model")

    assert (
        done.stdout.strip()
        == f"48 photographs, 0 files that cannot be read: {tmp_path / 'out' / 'index.html'}"
    )
    assert Page((tmp_path / "out" / "index.html").read_text()).open == []
    assert len((tmp_path / "out" / "files.csv").read_text().splitlines()) == 49


def test_explore_asks_the_shipped_model(folder: Path, tmp_path: Path) -> None:
    run_cli("explore", str(folder), "--out", str(tmp_path / "out"))

    rows = list(csv.DictReader((tmp_path / "out" / "files.csv").read_text().splitlines()))
    assert all(0 < float(row["confidence"]) <= 1 for row in rows)
    assert "sortwise-lite0" in (tmp_path / "out" / "index.html").read_text()


def test_explore_does_not_write_into_the_data(tiny_data: Path) -> None:
    done = run_cli("explore", str(tiny_data), "--out", str(tiny_data / "out"), status=2)

    assert "would look like data" in done.stderr
    assert not (tiny_data / "out").exists()
