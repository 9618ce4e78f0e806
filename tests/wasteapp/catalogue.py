"""The texts of the code and the templates, and the catalogues in `locale/`: read without GNU gettext.

`manage.py makemessages` and `compilemessages` write the catalogues; what they need, a machine that only runs the tests
does not.
"""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.template import Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).resolve().parents[2]
CODE, TEMPLATES, LOCALE = ROOT / "wasteapp", ROOT / "templates", ROOT / "locale"
# The names that these functions have in the code, and how many of their arguments are texts.
FUNCTIONS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
CONSTANT = re.compile(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")


class Text(NamedTuple):
    """What is to be translated; `plural` is empty for most."""

    singular: str
    plural: str = ""


def texts() -> dict[Text, str]:
    """Every text of the project, and a file that has it."""
    found: dict[Text, str] = {}
    for path in [*CODE.rglob("*.py"), *TEMPLATES.rglob("*.*")]:
        read = _of_code if path.suffix == ".py" else _of_template
        found |= dict.fromkeys(read(path.read_text("utf-8")), str(path.relative_to(ROOT)))
    return found


def written(language: str) -> dict[Text, list[str]]:
    """The catalogue that people edit, without its header; the fuzzy ones are left out, as msgfmt does."""
    entries: dict[Text, list[str]] = {}
    for block in (LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8").split("\n\n"):
        fields = _fields(block)
        if fields.get("msgid") and not re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE):
            text = Text(fields["msgid"], fields.get("msgid_plural", ""))
            entries[text] = [value for name, value in fields.items() if name.startswith("msgstr")]
    return entries


def compiled(language: str) -> dict[object, str]:
    """The catalogue that the site reads: by msgid, or by msgid and number of the plural."""
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]


def _of_code(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            arguments = node.args[: FUNCTIONS.get(name, 0)]
            if arguments and all(_is_text(argument) for argument in arguments):
                yield Text(*(argument.value for argument in arguments))  # type: ignore[attr-defined]


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _of_template(source: str) -> Iterator[Text]:
    for constant in CONSTANT.findall(source):
        yield Text(ast.literal_eval(constant))
    for node in _nodes(Template(source)):
        if isinstance(node, BlockTranslateNode):
            yield Text(*(node.render_token_list(part)[0] for part in (node.singular, node.plural) if part))
        elif node.filter_expression.var.literal is not None:
            yield Text(node.filter_expression.var.literal.replace("%", "%%"))


def _nodes(template: Template) -> Iterator[TranslateNode | BlockTranslateNode]:
    for kind in (TranslateNode, BlockTranslateNode):
        yield from template.nodelist.get_nodes_by_type(kind)


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if match := re.match(r'(msg\w+(?:\[\d\])?) (".*")$', line):
            name, line = match.groups()
            fields[name] = ""
        if name and line.startswith('"'):
            fields[name] += ast.literal_eval(line)
    return fields
