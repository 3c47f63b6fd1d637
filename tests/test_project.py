"""What a fresh checkout stands on: the locks, the commands, the licence."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import licences

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-dev.lock")


def _locked(name: str) -> dict[str, str]:
    """Package → version."""
    text = (ROOT / name).read_text()
    return {
        canonicalize_name(m[1]): m[2] for m in re.finditer(r"^([\w.\[\]-]+)==([^\s;]+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place(lock: str) -> None:
    assert re.findall(r"https?:|file:|://|^-", (ROOT / lock).read_text(), re.MULTILINE) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text())
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    asked = {
        "requirements-build.lock": groups["build"],
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": groups["dev"],
    }
    assert [
        (lock, line) for lock, lines in asked.items() for line in lines if not _meets(_locked(lock), line)
    ] == []


def test_tests_run_on_the_versions_that_are_served() -> None:
    assert _locked("requirements.lock").items() <= _locked("requirements-dev.lock").items()


def test_the_commands_explain_themselves() -> None:
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=10).stdout  # noqa: S607
    assert all(f"make {name} " in said for name in ("demo", "run", "test", "bench", "lint", "help"))


def test_the_gate_calls_exactly_the_tests() -> None:
    gate = ROOT / ".ci" / "run"
    assert gate.read_text().endswith("exec make test\n")
    assert gate.stat().st_mode & 0o111


def test_every_locked_package_is_listed_with_its_licence() -> None:
    written = {
        canonicalize_name(name): (version, licence)
        for name, (version, licence, _) in licences.listed().items()
    }
    assert {name: version for name, (version, _) in written.items()} == _locked(
        "requirements-dev.lock"
    ) | _locked("requirements.lock")
    assert [name for name, (_, licence) in written.items() if not licence.strip()] == []


def test_an_audit_that_got_no_answer_about_a_package_is_no_pass(tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "asked: $*"\nexit 1\n')
    uv.chmod(0o755)
    make = ["make", "-o", "install-dev", "audit", f"BIN={tmp_path}"]
    audit = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=False, timeout=10)
    assert " --strict " in audit.stdout
    assert all(f"-r {lock}" in audit.stdout for lock in ("requirements-build.lock", "requirements-dev.lock"))
    assert audit.returncode != 0
    assert "No verdict, or one against us" in audit.stderr


def test_the_licence_is_apache_2() -> None:
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text()


def _meets(locked: dict[str, str], line: str) -> bool:
    wanted = Requirement(line)
    version = locked.get(canonicalize_name(wanted.name))
    return version is not None and wanted.specifier.contains(version)
