"""Which way imports go, as the design has it; read from the source, so that a forgotten branch counts too."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOORS = ("wasteapp.api", "wasteapp.web", "wasteapp.admin", "wasteapp.admin_site", "wasteapp.management")


def sources(*folders: str) -> list[Path]:
    """The Python files of these folders or files, without migrations."""
    found = [
        p
        for name in folders
        for p in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))
    ]
    assert found
    return [path for path in found if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> set[str]:
    """Every module that a file imports, `from a import b` as both `a` and `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)} imports relatively"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


RULES = {
    "classifier knows nothing of Django or of ours": (
        ("classifier",),
        ("django", "rest_framework", "celery", "wasteapp", "config", "launcher"),
    ),
    "models import no services and no doors": (
        ("wasteapp/models",),
        ("wasteapp.services", "wasteapp.queries", "wasteapp.tasks", *DOORS),
    ),
    "queries import models alone": (
        ("wasteapp/queries",),
        ("wasteapp.services", "wasteapp.tasks", *DOORS),
    ),
    "services import no doors and no tasks": (("wasteapp/services",), ("wasteapp.tasks", *DOORS)),
    "doors enqueue through services": (
        ("wasteapp/api", "wasteapp/web", "wasteapp/admin", "wasteapp/management"),
        ("wasteapp.tasks",),
    ),
    "pages know nothing of the API": (("wasteapp/web",), ("wasteapp.api",)),
    "nothing of Sortwise imports what starts it": (("wasteapp", "config", "classifier"), ("launcher", "run")),
    "no code imports tests": (("wasteapp", "config", "classifier", "launcher"), ("tests", "pytest")),
}


@pytest.mark.parametrize("rule", RULES)
def test_imports_go_one_way(rule):
    folders, forbidden = RULES[rule]
    wrong = {
        f"{name_of(path)} imports {module}"
        for path in sources(*folders)
        for module in imported(path)
        if within(module, forbidden)
    }
    assert not wrong, rule


def test_tasks_import_services_alone():
    ours = {
        m for m in imported(ROOT / "wasteapp/tasks.py") if within(m, ("wasteapp", "config", "classifier"))
    }
    assert ours
    assert all(within(module, ("wasteapp.services",)) for module in ours), ours


def test_only_the_environment_module_reads_the_environment():
    allowed = {"config/env.py"}
    readers = set()
    for path in sources("wasteapp", "config", "classifier", "manage.py"):
        readers |= {name_of(path) for use in environment_uses(path) if use != "environ.setdefault"}
    # The command line of the classifier is a program of its own: it is told where the photographs are.
    assert {name for name in readers if not name.startswith("classifier/cli")} <= allowed


def environment_uses(path: Path) -> Iterator[str]:
    """How a file uses the environment: `environ.setdefault`, `environ`, `getenv`."""
    tree = ast.parse(path.read_text())
    method = {id(n.value): n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb", "putenv"):
            yield f"{node.attr}.setdefault" if method.get(id(node)) == "setdefault" else node.attr
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (alias.name for alias in node.names if alias.name in ("environ", "getenv"))


def test_nothing_is_imported_inside_a_function():
    inside = set()
    for path in sources("wasteapp", "config", "classifier", "launcher", "manage.py", "run.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inside |= {(name_of(path), module) for module in imports_in(function)}
    # run.py is read by Pythons that are too old for what it starts.
    assert {(name, module) for name, module in inside if name != "run.py"} == set()


def imports_in(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_web_process_loads_no_tensors():
    """Importing all addresses, in a fresh process, leaves TensorFlow and LiteRT out of it."""
    code = (
        "import django, sys; django.setup(); import config.urls;"
        "print(*sorted({'tensorflow', 'keras', 'ai_edge_litert'} & {m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_files_and_functions_are_short():
    """At most 400 lines a file and 40 a function, docstring included."""
    long = []
    for path in sources("wasteapp", "config", "classifier", "launcher", "manage.py", "run.py"):
        text = path.read_text()
        if text.count("\n") > 400:
            long.append(name_of(path))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                long += [f"{name_of(path)}:{node.name} {length}"] if length > 40 else []
    assert not long
