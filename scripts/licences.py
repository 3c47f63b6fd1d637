"""Writes down under which licence each locked package is: `make licences`, whenever the locks have changed.

Read from the packages themselves as they are installed. What a package says only by its classifiers, or by the first
line of its licence, counts too.
"""

import re
import sys
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import cast

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "licences.md"
SERVED, DEVELOPED = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
_ROW = re.compile(r"^\| (\w[\w.-]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
_HEAD = """# Licences

Of every package in the locks, as it says itself; written by `make licences`. *Served* ones go to whoever runs Fieldcue,
the others only to whoever works on it. What is under `static/vendor` and `static/icons` has its licence beside it.
async-timeout, colorama and httpx2-jsfetch are for other Pythons or systems than ours and never installed: of these it
was read in the package by hand.

| package | version | licence | for |
| --- | --- | --- | --- |
"""


def locked(lock: Path) -> dict[str, str]:
    """Package → version."""
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,.-]+\])?==([^\s;\\]+)", lock.read_text(), re.MULTILINE))


def listed() -> dict[str, tuple[str, str, str]]:
    """Package → (version, licence, for) as it is written down."""
    return {
        name: (version, licence, use)
        for name, version, licence, use in _ROW.findall(FILE.read_text())
        if name != "package"
    }


def licence_of(package: str) -> str:
    """An SPDX expression where there is one (PEP 639), else what stands in the older fields, in one line.

    PackageNotFoundError if it is not installed.
    """
    found = distribution(package)
    about = cast("Message", found.metadata)
    said = about.get("License-Expression") or ""
    classified = [
        one.rpartition(" :: ")[2] for one in about.get_all("Classifier", []) if one.startswith("License ::")
    ]
    old = (about.get("License") or "").strip().partition("\n")[0]
    return (said or ", ".join(classified) or old or _first_line(found)).replace("|", "/")[:80]


def _first_line(found: Distribution) -> str:
    """Of the licence that lies in a package."""
    files = [file for file in found.files or () if file.name.startswith("LICENSE")]
    return files[0].read_text().strip().partition("\n")[0] if files else ""


def main() -> None:
    """Write the list anew; what says nothing of itself keeps what was written of it."""
    known, served, rows, unknown = listed() if FILE.exists() else {}, locked(SERVED), [], []
    for name, version in sorted((locked(DEVELOPED) | served).items()):
        try:
            licence = licence_of(name)
        except PackageNotFoundError:
            licence = ""
        licence = licence or known.get(name, ("", "", ""))[1]
        if not licence:
            unknown.append(name)
        rows.append(f"| {name} | {version} | {licence} | {'served' if name in served else 'tests'} |\n")
    FILE.write_text(_HEAD + "".join(rows))
    if unknown:
        sys.stderr.write(f"look these up and write them in by hand: {', '.join(unknown)}\n")


if __name__ == "__main__":
    main()
