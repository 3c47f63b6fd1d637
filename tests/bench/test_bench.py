"""`make bench` itself: what fails or never ends is told, and keeps nobody else from being measured."""

import sys

from tests.bench.__main__ import Section, measure, page
from tests.bench.stage import PROMISE

TABLE = "what | goal\n--- | ---\na | b\n"


def ran(code: str, seconds: float = 20) -> Section:
    section = Section("crowd")
    measure(section, [sys.executable, "-S", "-c", code], seconds)
    return section


def test_a_measurement_gives_its_table_and_its_rows_of_the_summary() -> None:
    section = ran(f"print({TABLE!r}, end=''); print({PROMISE!r} + 'x | y | z | yes')")
    assert section.is_good
    assert not section.failed
    assert "".join(section.table) == TABLE
    assert page([section]).index("x | y | z | yes\n") < page([section]).index(TABLE)


def test_a_missed_goal_is_no_failure() -> None:
    section = ran(f"print({TABLE!r}); raise SystemExit(1)")
    assert not section.is_good
    assert not section.failed
    assert "not run" not in page([section]).partition("## ")[0].partition("--- | ---")[2]


def test_one_that_fails_is_told_with_its_reason() -> None:
    section = ran(f"print({TABLE!r}); assert not 'a | b'")
    assert "It failed: AssertionError." in str(section)
    assert section.summary[-1].endswith("| – | not run: AssertionError | –\n")


def test_one_that_never_ends_is_ended_with_all_that_it_started() -> None:
    # The pipe of its table is open until the last of them has ended.
    code = """
import subprocess, sys
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"]).wait()
"""
    section = ran(code, 1)
    assert section.failed == "\nIt failed: it took longer than 1 s.\n"
