"""`./run.py audit` and `./run.py sbom`: what is known against the locked packages, and which they are."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from launcher import ROOT, terminal
from launcher.environment import Environment
from launcher.errors import LaunchError
from launcher.programs import ask

FOLDER = ROOT / "requirements"
SERVING = ("serve", "cluster", "train")  # locks of what a site installs; that of the tests is none of them
BILL = "sortwise.cdx.json"
UNKNOWN = 3  # exit status where nothing could be learnt


def audit(arguments: Sequence[str]) -> int:
    """Asks OSV about every locked package; ARGUMENTS go to pip-audit. Gives 1 where something is known.

    Raises LaunchError where one could not be asked about: silence would look like safety.
    """
    command = [_program("pip-audit"), "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    command += ["--vulnerability-service", "osv"]
    command += [word for path in _locks() for word in ("--requirement", str(path))]
    asked = ask([*command, *arguments])
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except ValueError as error:
        reason = (asked.stderr.strip().splitlines() or ["pip-audit said nothing."])[-1]
        raise LaunchError(f"No package was audited, nothing is known of any: {reason}", UNKNOWN) from error
    return _told(packages)


def bill(arguments: Sequence[str]) -> int:
    """Writes the software bill of materials (CycloneDX, JSON) of the locks to the file that is named."""
    file = Path(arguments[0] if arguments else BILL)
    command = [_program("cyclonedx-py"), "requirements", "--pyproject", str(ROOT / "pyproject.toml"), "-"]
    command += ["--output-reproducible", "--no-validate"]  # its own library wrote it a moment ago
    made = subprocess.run(
        command, check=False, input="\n".join(_blocks()), capture_output=True, text=True, cwd=ROOT
    )
    if made.returncode:
        raise LaunchError(f"The bill of materials could not be made: {made.stderr.strip()}")
    document = json.loads(made.stdout)
    for component in document["components"]:
        component.pop("description", None)  # its lines of the lock, with all hashes
    file.write_text(json.dumps(document, indent=1) + "\n")
    terminal.say(f"{file}: {len(document['components'])} packages")
    return 0


def _told(packages: Sequence[dict[str, Any]]) -> int:
    known = [(package, each) for package in packages for each in package.get("vulns", ())]
    for package, each in known:
        names = ", ".join([each["id"], *each.get("aliases", ())])
        mended = ", ".join(each["fix_versions"]) or "no version yet"
        terminal.complain(f"{package['name']} {package['version']}: {names}; mended in {mended}")
    if unasked := [package["name"] for package in packages if "skip_reason" in package]:
        raise LaunchError(f"Nothing is known of {', '.join(unasked)}: not audited.", UNKNOWN)
    terminal.say(f"{len(packages)} packages, {len(known)} known vulnerabilities.")
    return int(bool(known))


def _program(name: str) -> str:
    environment = Environment()
    environment.ensure(("test",))
    return environment.program(name)


def _locks() -> list[Path]:
    return [FOLDER / f"{name}.txt" for name in SERVING]


def _blocks() -> Iterator[str]:
    """Each package of the locks once, with its hashes."""
    known: set[str] = set()
    for path in _locks():
        for block in path.read_text().replace("\n    ", "\0").splitlines():
            if block.partition(" \\")[0] not in known:
                known.add(block.partition(" \\")[0])
                yield block.replace("\0", "\n    ")
