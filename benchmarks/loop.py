"""The loop on real photographs, played through: what accuracy does when people correct a model.

    python -m benchmarks.loop split DATA OUT      base, users and holdout as folders below OUT
    python -m benchmarks.loop play URL PASSWORD OUT

`split` keeps 300 photographs of the web away from training. `play` has six people upload them to a running site and
correct what the model has wrong (one correction in twenty is wrong too, and three right answers in ten are
confirmed), an operator review 120 of them, and freezes what came of it. docs/loop.md has the steps around it.
"""

import argparse
import csv
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.live.client import Api
from tests.live.people import program_of, sign_up
from tests.live.site import until

USERS, VAL, BASE, EACH = 300, 200, 1300, 60  # photographs; of the users' at most so many of a label
PEOPLE, REVIEWS = 6, 120
SLIP, CONFIRMED = 0.05, 0.3
Row = dict[str, str]


def split(data: Path, out: Path) -> None:
    """Write the three folders, each with its index; photographs that look alike stay together."""
    draw = random.Random(5)
    rows = list(csv.DictReader((data / "index.csv").open(newline="")))
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["split"] == "train":
            groups.setdefault(row["group"], []).append(row)
    names = list(groups)
    draw.shuffle(names)
    users: list[Row] = []
    rest: list[list[Row]] = []
    labels = Counter[str]()
    for group in map(groups.__getitem__, names):
        web = all(row["source"] == "web" for row in group)
        if web and len(users) < USERS and labels[group[0]["label"]] < EACH:
            users += group
            labels[group[0]["label"]] += len(group)
        else:
            rest.append(group)
    draw.shuffle(rest)
    val: list[Row] = []
    train: list[Row] = []
    for group in rest:
        part = val if len(val) < VAL else train
        if len(train) < BASE:
            part += group
    _write(data, out / "base", {"train": train, "val": val})
    _write(data, out / "users", {"train": users})
    _write(data, out / "holdout", {"val": [row for row in rows if row["split"] == "val"]})


def _write(data: Path, folder: Path, parts: dict[str, list[Row]]) -> None:
    folder.mkdir(parents=True)
    with (folder / "index.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, next(iter(parts.values()))[0])
        table.writeheader()
        for name, rows in parts.items():
            for row in rows:
                (folder / row["path"]).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(data / row["path"], folder / row["path"])
                table.writerow({**row, "split": name})
    print(f"{folder}: {', '.join(f'{len(rows)} {name}' for name, rows in parts.items())}")


def play(url: str, password: str, out: Path) -> None:
    """Upload, correct, review and freeze."""
    draw = random.Random(11)
    rows = list(csv.DictReader((out / "users" / "index.csv").open(newline="")))
    draw.shuffle(rows)
    labels = sorted({row["label"] for row in csv.DictReader((out / "base" / "index.csv").open(newline=""))})
    made = Api(url).post("tokens/", {"username": "admin", "password": password}).json
    people = [program_of(sign_up(url, f"person{n}-{int(time.time())}")) for n in range(PEOPLE)]
    truth: dict[str, str] = {}
    told = Counter[str]()
    for number, row in enumerate(rows):
        person = people[number % PEOPLE]
        item = _answered(person, out / "users" / row["path"])
        truth[item["id"]] = row["label"]
        told.update(_say(person, item, row["label"], labels, draw))
    print(f"{len(rows)} photographs; {dict(told)}")
    operator = Api(url, made["token"])
    print(f"reviewed {_review(operator, truth)}")
    asked = operator.post("datasets/", {"name": "Corrections of the first week"}).json
    address = f"datasets/{asked['id']}/"
    until(lambda: operator.get(address).json["state"] in ("done", "failed"), 120, "the data set")
    print(f"data set {asked['id']}: {operator.get(address).json['item_count']} photographs")


def _answered(person: Api, photograph: Path) -> Any:
    taken = person.upload(photograph.read_bytes(), name=photograph.name, wait=20, consent="true").json
    address = f"items/{taken['id']}/"
    until(lambda: person.get(address).json["state"] == "done", 60, "its result")
    return person.get(address).json


def _say(person: Api, item: Any, label: str, labels: list[str], draw: random.Random) -> Iterator[str]:
    """What somebody does about an answer: what that was, by name."""
    wrong = item["prediction"]["label"] != label
    yield "answers that were wrong" if wrong else "answers that were right"
    if not wrong and draw.random() >= CONFIRMED:
        return
    slips = wrong and draw.random() < SLIP
    said = draw.choice([other for other in labels if other != label]) if slips else label
    word = {"kind": "correct", "label": said} if wrong else {"kind": "confirm"}
    answer = person.post(f"items/{item['id']}/annotations/", word)
    assert answer.status == 201, answer.text
    yield "words that were wrong" if slips else "words that were right"


def _review(operator: Api, truth: dict[str, str]) -> int:
    reviewed = 0
    while reviewed < REVIEWS and (waiting := operator.get("review/").json["reviews"]):
        for each in waiting:
            word = {"kind": "correct", "label": truth[each["item"]]}
            answer = operator.post(f"review/{each['item']}/", word)
            assert answer.status in (200, 201), answer.text
            reviewed += 1
    return reviewed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (("split", ("data", "out")), ("play", ("url", "password", "out"))):
        command = commands.add_parser(name)
        for word in words:
            command.add_argument(word, type=Path if word in ("data", "out") else str)
    chosen = vars(parser.parse_args())
    {"split": split, "play": play}[chosen.pop("command")](**chosen)


if __name__ == "__main__":
    main()
