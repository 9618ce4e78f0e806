"""The alerts and the dashboard that ship name what is exported, and each alert stands in the runbook."""

import json
import re
from pathlib import Path

import pytest
import yaml

from wasteapp.models import Job, JobKind, Part
from wasteapp.services.signs import sign_give

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = (ROOT / "docs" / "watching.md").read_text()
GROUPS = yaml.safe_load((ROOT / "deploy" / "prometheus-alerts.yml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
PANELS = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text())["panels"]
NAME = re.compile(r"\b(?:sortwise|django)_\w+")


@pytest.fixture
def exported(client, version, monkeypatch) -> set[str]:
    """The name of every series and family of a site where all parts were seen at work."""
    monkeypatch.setattr("wasteapp.web.metrics.queue_depth", lambda queue: 0)
    Job.objects.create(kind=JobKind.EXPORT, subject="x")
    for part in Part:
        sign_give(part=part, wait_seconds=0.1)
    lines = client.get("/metrics").text.splitlines()
    kinds = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    buckets = {f"{name}_bucket" for name, kind in kinds.items() if kind == "histogram"}
    return set(kinds) | buckets | {re.split(r"[ {]", line)[0] for line in lines if line[:1] != "#"}


def named(text: str) -> set[str]:
    return set(NAME.findall(text))


def test_every_metric_in_them_is_exported(exported):
    asked = [rule["expr"] for rule in RULES] + [t["expr"] for panel in PANELS for t in panel["targets"]]
    assert named("\n".join(asked)) - exported == set()


def test_every_metric_of_ours_is_explained(exported):
    ours = {name for name in exported if name.startswith("sortwise_")}
    told = {re.sub(r"_(bucket|gsum|gcount)$", "", name) for name in ours}
    assert {name for name in told if f"`{name}" not in RUNBOOK} == set()
    assert {name for name in named(RUNBOOK) if name.startswith("sortwise")} - exported == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_is_whole_and_stands_in_the_runbook(rule):
    assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"]
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert f"| `{rule['alert']}` |" in RUNBOOK
    for left, right in ("()", "{}", "[]"):
        assert rule["expr"].count(left) == rule["expr"].count(right)


def test_the_runbook_names_no_alert_that_is_none():
    assert set(re.findall(r"\| `(Sortwise\w+)` \|", RUNBOOK)) == {rule["alert"] for rule in RULES}


def test_the_panels_lie_beside_each_other():
    places = set()
    for panel in PANELS:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert panel["title"]
        assert not cells & places
        assert max(x for x, _ in cells) < 24
        places |= cells
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
