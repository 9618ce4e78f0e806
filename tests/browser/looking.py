"""Looking at a page as those do whom pages leave out: axe-core, both themes, a telephone, a zoom of 400 %."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageStat
from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOK = """async ([tags, excused]) => {
  const rules = Object.fromEntries(excused.map((rule) => [rule, { enabled: false }]));
  const found = await axe.run(document, { runOnly: tags, rules, resultTypes: ["violations"] });
  return found.violations.flatMap((fault) =>
    fault.nodes.map((node) => `${fault.id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`));
}"""
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
# Each theme once and each width once: layout and colours do not know of each other.
VIEWS = ((1440, "light"), (390, "dark"))
# CSS pixels: a page of 1,280 at a zoom of 400 % (WCAG 1.4.10), and a tablet held upright.
NO_WIDER = (320, 768)
DARK = 90  # mean of the grey picture of a page, 0 to 255


def faults(page: Page) -> list[str]:
    """What is amiss with the page as it is now."""
    found: list[str] = []
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"{scheme} {width}: {fault}" for fault in violations(page)]
        if _is_dark(page) != (scheme == "dark"):
            found.append(f"it is not {scheme}")
    for width in NO_WIDER:
        page.set_viewport_size({"width": width, "height": 900})
        if (wider := page.evaluate(WIDER)) > 0:
            found.append(f"{wider} px too wide at {width}")
    return [f"{page.url} {fault}" for fault in found]


def violations(page: Page, *, excused: Sequence[str] = ()) -> list[str]:
    """What axe-core finds. `excused`: rules that are not ours to keep."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    page.evaluate(
        "scrollTo({top: 0, behavior: 'instant'})"
    )  # what lies half below the header would count as too small
    return list(page.evaluate(LOOK, [TAGS, list(excused)]))


def _is_dark(page: Page) -> bool:
    with Image.open(BytesIO(page.screenshot(type="jpeg", quality=20))) as shown:
        return ImageStat.Stat(shown.convert("L")).mean[0] < DARK
