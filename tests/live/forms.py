"""The forms of a page, as a browser reads them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)  # hidden inputs and what is preset


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(found.get("action", "")))
        elif tag == "input" and self.forms and "name" in found:
            self._input(found)

    def _input(self, found: dict[str, str]) -> None:
        kind = found.get("type", "text")
        if (kind in ("checkbox", "radio") and "checked" not in found) or kind == "file":
            return
        self.forms[-1].fields[found["name"]] = found.get("value", "on" if kind == "checkbox" else "")


def forms_of(html: str) -> list[Form]:
    reader = _Reader()
    reader.feed(html)
    return reader.forms
