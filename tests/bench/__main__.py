"""`make bench`: runs every measurement in a process of its own and writes docs/benchmarks.md.

A measurement is a module `bench_*.py` whose run prints a table; its docstring's first line is the heading. Lines that
begin with `=> ` are rows of the page's summary. Each compares itself with a peer or the limit in the same run, since
the speed of one machine from hour to hour is no measure. Each is bounded, and so is the whole: one that fails is told
as failed, and the rest go on. `python -m tests.bench edit` runs one and writes nothing.
"""

import ast
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer

from tests.bench.stage import PROMISE

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "benchmarks.md"
# Seconds for one, and for all.
MOST, WHOLE = 300, 25 * 60
LEAST = 10
# What was promised is measured first, in the order in which it is told.
PROMISED = ("fanout", "peers", "crowd", "restart", "ops", "beside", "day", "tls")

INTRO = """# Benchmarks

Written by `make bench`. Look at ratios and bounds: the absolute times are those of the machine that ran it
({machine}, {date}). What missed its goal in that run is marked **broken**. What could not run there says “not run”,
with the reason, and never an older figure.

what | goal | seen | kept
--- | --- | --- | ---
"""
NOT_RUN = """
## Peers that were not run

| peer | why |
| --- | --- |
| Ontime 4 | it is published as a desktop program and a container image, and not in a package registry, by which it could be fetched and pinned |
"""  # noqa: E501 - a row of a table


@dataclass
class Section:
    """One measurement and what came of it."""

    name: str
    table: list[str] = field(default_factory=list)
    promises: list[str] = field(default_factory=list)
    why: str = ""
    is_good: bool = False

    @property
    def heading(self) -> str:
        text = (HERE / f"bench_{self.name}.py").read_text(encoding="utf-8")
        return (ast.get_docstring(ast.parse(text)) or self.name).splitlines()[0].rstrip(".")

    def take(self, line: str) -> None:
        if line.startswith(PROMISE):
            self.promises.append(line.removeprefix(PROMISE))
        else:
            self.table.append(line)

    @property
    def summary(self) -> list[str]:
        """Its rows of the summary; what it came to no verdict on is told, too."""
        if self.name in PROMISED and self.why:
            return [*self.promises, f"{self.heading} | – | not run: {self.why} | –\n"]
        return self.promises

    @property
    def failed(self) -> str:
        return f"\nIt failed: {self.why}.\n" if self.why else ""

    def __str__(self) -> str:
        return f"\n## {self.heading}\n\n{''.join(self.table)}{self.failed}"


def main(wanted: list[str]) -> int:
    """Run the measurements, or those whose names are given; returns the exit status: 1 if a goal was missed."""
    names = {path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py")}
    order = [*PROMISED, *sorted(names - set(PROMISED))]
    end, sections = time.monotonic() + WHOLE, list[Section]()
    for name in order:
        if wanted and name not in wanted:
            continue
        sections.append(Section(name))
        sys.stdout.write(f"\n## {sections[-1].heading}\n\n")
        sys.stdout.flush()
        left = min(MOST, end - time.monotonic())
        if left < LEAST:
            sections[-1].why = f"the time for all, {WHOLE // 60} minutes, was over"
        else:
            measure(sections[-1], [sys.executable, "-m", f"tests.bench.bench_{name}"], left)
        sys.stdout.write(f"{sections[-1].failed}")
    if not wanted:
        PAGE.write_text(page(sections), encoding="utf-8")
    return int(not all(section.is_good for section in sections))


def page(sections: list[Section]) -> str:
    about = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    intro = INTRO.format(machine=about, date=datetime.now(UTC).date().isoformat())
    summary = "".join(line for section in sections for line in section.summary)
    return intro + summary + "".join(map(str, sections)) + NOT_RUN


def measure(section: Section, command: Sequence[str], seconds: float) -> None:
    """Run one for so long at the most; its lines are shown as they come."""
    with (
        tempfile.TemporaryFile("w+") as faults,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=faults,
            text=True,
            cwd=HERE.parents[1],
            start_new_session=True,  # so that what it has started ends with it
        ) as child,
    ):
        is_late: list[bool] = []
        timer = Timer(seconds, _end, (child.pid, is_late))
        timer.start()
        for line in child.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            section.take(line)
        code = child.wait()
        timer.cancel()
        faults.seek(0)
        said = faults.read()
    sys.stderr.write(said)
    section.is_good = code == 0
    if is_late:
        section.why = f"it took longer than {seconds:.0f} s"
    elif code not in {0, 1} or "Traceback" in said or not section.table:
        section.why = (said.strip().splitlines() or [f"it ended with {code}"])[-1][:200].replace("|", "/")


def _end(group: int, is_late: list[bool]) -> None:
    is_late.append(True)
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
