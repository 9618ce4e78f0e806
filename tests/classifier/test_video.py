"""`watch`: smoothing, what is drawn, and videos in and out, made of drawn pictures."""

import math
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from classifier import cli, window
from classifier.capture import Source, Target
from classifier.commands import watch
from classifier.testing import COLOURS, FakeClassifier
from classifier.video import (
    TIME_CONSTANT,
    Answer,
    Frame,
    Rate,
    Smoother,
    Verdict,
    VideoError,
    draw,
    label_frames,
)
from tests.classifier.conftest import run_cli

SIZE = (320, 240)
RATE = 10.0


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Two seconds of plastic, then two of organic."""
    return write_video(tmp_path / "in.avi", ["plastic"] * 20 + ["organic"] * 20)


def write_video(path: Path, labels: list[str]) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, SIZE)
    for label in labels:
        writer.write(np.full((SIZE[1], SIZE[0], 3), COLOURS[label][::-1], np.uint8))
    writer.release()
    return path


def read_video(path: Path) -> list[np.ndarray]:
    """Its frames as OpenCV alone reads them, RGB."""
    capture, found = cv2.VideoCapture(str(path)), []
    while (frame := capture.read())[0]:
        found.append(frame[1][..., ::-1])
    return found


def looks_like(frame: np.ndarray, label: str) -> bool:
    """Whether the left of the band says this label, for a fake that is 90 % sure, whatever the codec did to it."""
    band = (slice(-26, None), slice(0, 200))
    drawn = {
        name: np.asarray(draw(Image.fromarray(frame.copy()), Verdict(name, 0.9, True), 0)) for name in COLOURS
    }
    bright = {name: np.asarray(picture)[band].min(axis=-1) > 150 for name, picture in drawn.items()}
    seen = frame[band].min(axis=-1) > 150
    return max(bright, key=lambda name: float((bright[name] == seen).mean())) == label


def ask(image: Image.Image) -> Answer:
    return FakeClassifier().predict(image).probabilities, True


@pytest.mark.parametrize("name", ["out.mp4", "out.avi", "out.mkv", "new/folder/out.MP4"])
def test_a_labelled_video_is_as_long_and_follows_what_it_shows(
    video: Path, tmp_path: Path, name: str
) -> None:
    with Source(str(video)) as source, Target(tmp_path / name, source.rate) as target:
        for frame in label_frames(source.frames(), ask, every=1, threshold=0.5):
            target.write(frame)

    shown = read_video(tmp_path / name)
    capture = cv2.VideoCapture(str(tmp_path / name))
    assert len(shown) == 40
    assert capture.get(cv2.CAP_PROP_FPS) == RATE
    assert shown[0].shape == (*SIZE[::-1], 3)
    assert all(looks_like(frame, "plastic") for frame in shown[:20])
    assert all(looks_like(frame, "organic") for frame in shown[30:])
    assert np.abs(shown[5][:200].mean(axis=(0, 1)) - COLOURS["plastic"]).max() < 8


def test_a_single_odd_frame_does_not_change_the_label() -> None:
    frames = [(number / RATE, Image.new("RGB", SIZE, COLOURS[label])) for number, label in
              enumerate(["wood"] * 10 + ["glass"] + ["wood"] * 5)]  # fmt: skip

    shown = [np.asarray(image) for _, image in label_frames(frames, ask, every=1, threshold=0.0)]

    assert len(shown) == 16
    assert all(looks_like(frame, "wood") for frame in shown)


def test_what_was_seen_a_time_constant_ago_counts_for_a_third() -> None:
    smoother = Smoother()

    assert smoother.update({"glass": 1.0, "wood": 0.0}, 0.0) == ("glass", 1.0)
    label, confidence = smoother.update({"glass": 0.0, "wood": 1.0}, TIME_CONSTANT)

    assert label == "wood"
    assert confidence == pytest.approx(1 - math.exp(-1))


def test_smoothing_is_the_same_at_any_frame_rate() -> None:
    slow, fast = Smoother(), Smoother()
    for smoother in (slow, fast):
        smoother.update({"glass": 1.0, "wood": 0.0}, 0.0)
    for number in range(1, 31):
        fine = fast.update({"glass": 0.2, "wood": 0.8}, number / 30)
    for number in range(1, 6):
        coarse = slow.update({"glass": 0.2, "wood": 0.8}, number / 5)

    assert fine[0] == coarse[0]
    assert fine[1] == pytest.approx(coarse[1])


def test_the_rate_is_of_the_last_second() -> None:
    rate = Rate()

    assert rate.tick(0.0) == 0.0
    assert [rate.tick(number / 20) for number in range(1, 5)] == pytest.approx([20.0] * 4)
    slower = [rate.tick(0.2 + number / 5) for number in range(1, 26)]
    assert slower[-1] == pytest.approx(5.0, abs=0.2)
    assert slower[0] > slower[-1]


def test_the_model_is_asked_every_nth_frame() -> None:
    asked = []

    def note(image: Image.Image) -> Answer:
        asked.append(image.size)
        return ask(image)

    frames = [(float(n), Image.new("RGB", (1600, 900))) for n in range(10)]
    shown = list(label_frames(frames, note, every=4, threshold=0.5))

    assert len(shown) == 10
    assert asked == [(1024, 576)] * 3
    assert {image.size for _, image in shown} == {(1600, 900)}


def test_a_label_that_is_not_sure_is_drawn_otherwise() -> None:
    image = Image.new("RGB", SIZE, "white")

    sure, unsure = (np.asarray(draw(image, Verdict("glass", 0.6, sure), 9.0)) for sure in (True, False))

    assert (sure != unsure).any()
    assert (sure[:200] == 255).all()
    assert (sure[-20:] < 100).mean() > 0.5


def test_a_target_keeps_the_time_of_a_camera_that_stutters(tmp_path: Path) -> None:
    """Two frames at once and one late: the file is as long as the time that passed."""
    frames: list[Frame] = [(s, Image.new("RGB", SIZE)) for s in (0.0, 0.01, 0.5, 1.0)]

    with Target(tmp_path / "out.avi", 10.0) as target:
        assert all(target.write(frame) for frame in frames)

    assert len(read_video(tmp_path / "out.avi")) == 11


def test_playing_ends_when_a_sink_has_enough() -> None:
    frames = [(float(n), Image.new("RGB", SIZE)) for n in range(9)]

    assert watch._play(frames, [lambda frame: True, lambda frame: frame[0] < 3]) == 4


def test_playing_ends_quietly_at_ctrl_c() -> None:
    def sink(frame: Frame) -> bool:
        if frame[0] == 2:
            raise KeyboardInterrupt
        return True

    assert watch._play([(float(n), Image.new("RGB", SIZE)) for n in range(9)], [sink]) == 3


def test_what_is_unfamiliar_is_never_sure() -> None:
    frames = [(0.0, Image.new("RGB", SIZE, COLOURS["glass"]))]

    def drawn(familiar: bool) -> np.ndarray:
        answer = {"glass": 1.0}, familiar
        return np.asarray(next(label_frames(frames, lambda _: answer, every=1, threshold=0.5))[1])

    known, unknown = drawn(True), drawn(False)
    unsure = np.asarray(draw(frames[0][1], Verdict("glass", 1.0, sure=False), 0.0))

    assert (unknown == unsure).all()
    assert (known != unsure).any()


def test_watch_does_not_write_over_what_it_watches(video: Path) -> None:
    before = video.read_bytes()

    done = run_cli("watch", str(video), "--out", str(video.parent / "." / video.name), status=2)

    assert "is what is watched" in done.stderr
    assert video.read_bytes() == before


def test_watch_writes_a_video_without_a_window(video: Path, tmp_path: Path) -> None:
    done = run_cli(
        "watch", str(video), "--out", str(tmp_path / "out.mp4"), "--every", "5", "--max-frames", "12"
    )

    assert done.stdout.strip() == f"12 frames, written to {tmp_path / 'out.mp4'}"
    assert len(read_video(tmp_path / "out.mp4")) == 12


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("gone.mp4", "There is no video file gone.mp4."),
        ("99", "Camera 99 cannot be opened."),
        ("bad.mp4", "is no video."),
    ],
)
def test_a_source_that_cannot_be_opened_is_named(
    source: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.mp4").write_bytes(b"nonsense")

    with pytest.raises(VideoError, match=message):
        Source(source)


def test_a_kind_of_file_that_cannot_be_written_is_refused(video: Path, tmp_path: Path) -> None:
    done = run_cli("watch", str(video), "--out", str(tmp_path / "out.gif"), status=2)

    assert done.stderr.strip().endswith("out.gif must end in one of .mp4, .avi, .mkv.")


def test_without_a_display_a_window_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise window.tkinter.TclError("no display name and no $DISPLAY environment variable")

    monkeypatch.setattr(window.tkinter, "Tk", fail)

    with pytest.raises(VideoError, match=r"no display for a window .* --out"):
        watch._window("title")


@pytest.mark.parametrize(
    ("missing", "message"),
    [("cv2", "watch needs the `video` extra: there is no cv2 here."), ("tkinter", "A window needs tkinter")],
)
def test_what_is_not_installed_is_named(
    missing: str,
    message: str,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    for name in ("classifier.capture", "classifier.commands.watch", "classifier.window"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    assert cli.main(["watch", str(video)]) == 2

    assert message in capsys.readouterr().err
