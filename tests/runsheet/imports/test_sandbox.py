import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from server.runsheet.imports import sandbox
from server.runsheet.imports.book import FileRefusedError, Limits
from server.runsheet.imports.sandbox import parse_file
from tests.runsheet.imports.files import SHEET, book_of, conference, patched, xlsx

MIB = 1024 * 1024


@pytest.fixture
def put(tmp_path: Path) -> "Put":
    return Put(tmp_path)


class Put:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, raw: bytes) -> Path:
        path = self._folder / "sheet.xlsx"
        path.write_bytes(raw)
        return path


def large() -> bytes:
    """Two hundred thousand empty rows, which take a while."""
    rows = "".join(f'<row r="{n}" ht="12.75" customHeight="1"/>' for n in range(3, 200_000))
    return patched(xlsx([("流程",)]), SHEET, lambda xml: xml.replace("</sheetData>", f"{rows}</sheetData>"))


def test_the_child_reads_what_this_process_would(put: Put) -> None:
    assert parse_file(put(conference())) == book_of(conference())


def test_progress_rises_to_the_end(put: Put) -> None:
    told: list[float] = []
    parse_file(put(large()), progress=told.append)
    assert told == sorted(told)
    assert len(told) > 5
    assert told[-1] == 1.0


def test_a_refusal_comes_through_with_its_figures(put: Put) -> None:
    with pytest.raises(FileRefusedError) as caught:
        parse_file(put(conference()), replace(Limits(), file_bytes=10))
    assert caught.value.code == "file_too_large"
    assert caught.value.params["limit"] == 10


def test_a_file_that_needs_too_much_time_is_given_up(put: Put) -> None:
    began = time.monotonic()
    with pytest.raises(FileRefusedError, match="file_too_heavy"):
        parse_file(put(large()), replace(Limits(), wall_s=0.02))
    assert time.monotonic() - began < 5


def test_a_file_that_needs_too_much_memory_is_given_up(put: Put) -> None:
    cells = "".join(f'<c r="A{n}" t="inlineStr"><is><t>{n}{"x" * 900}</t></is></c>' for n in range(1, 40_000))
    raw = patched(
        xlsx([("流程",)]),
        SHEET,
        lambda xml: xml.replace("</sheetData>", f'<row r="2">{cells}</row></sheetData>'),
    )
    generous = replace(Limits(), rows=10**6, sheet_chars=10**9, ratio=10**6)
    with pytest.raises(FileRefusedError, match="file_too_heavy"):
        parse_file(put(raw), replace(generous, memory_bytes=90 * MIB))
    assert len(parse_file(put(raw), generous).sheets[0].rows) == 39_999


def test_whoever_listens_may_call_it_off_and_no_child_stays(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[bytes]] = []
    spawn = sandbox._spawn  # noqa: SLF001 - to look at the child

    def watched(*arguments: object) -> subprocess.Popen[bytes]:
        children.append(spawn(*arguments))  # type: ignore[arg-type]
        return children[-1]

    monkeypatch.setattr(sandbox, "_spawn", watched)

    def call_off(_: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        parse_file(put(large()), progress=call_off)
    assert children[0].returncode is not None


def test_the_child_knows_nothing_of_our_environment(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    popen = subprocess.Popen

    def spy(*arguments: object, **options: object) -> object:
        seen.append(options["env"])  # type: ignore[arg-type]
        return popen(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setenv("FIELDCUE_SECRET", "hunter2")
    monkeypatch.setattr(subprocess, "Popen", spy)
    parse_file(put(xlsx([("流程",)])))
    assert list(seen[0]) == ["PYTHONPATH"]
    assert "FIELDCUE_SECRET" in os.environ
