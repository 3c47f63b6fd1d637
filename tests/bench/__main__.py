"""`make bench`: runs every measurement in a process of its own and writes docs/benchmarks.md.

A measurement is a module `bench_*.py` whose run prints a table; its docstring's first line is the heading.
Each is bounded, and compares itself with a peer or the limit in the same run, since the speed of one machine
from hour to hour is no measure. `python -m tests.bench edit` runs one and writes nothing.
"""

import ast
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "benchmarks.md"
SECONDS = 300

INTRO = """# Benchmarks

Written by `make bench`. Look at ratios and bounds: the absolute times are those of the machine that ran it
({machine}, {date}). What missed its goal in that run is marked **broken**. A peer that could not run here is listed
as “not run”.
"""
NOT_RUN = """
## Peers that were not run

| peer | why |
| --- | --- |
| Ontime 4.11 | needs Node; on a like machine an edit reached 50 clients after 54/100 ms (p50/p95), 237 KB each |
"""


def main(wanted: list[str]) -> int:
    """Run the measurements, or those whose names are given; returns the exit status: 1 if a goal was missed."""
    modules = [
        path
        for path in sorted(HERE.glob("bench_*.py"))
        if not wanted or path.stem.removeprefix("bench_") in wanted
    ]
    sections, failed = [], False
    for path in modules:
        heading = (ast.get_docstring(ast.parse(path.read_text())) or path.stem).splitlines()[0].rstrip(".")
        sys.stdout.write(f"\n## {heading}\n\n")
        sys.stdout.flush()
        table, is_good = measure(path.stem)
        failed |= not is_good
        sections.append(f"\n## {heading}\n\n{table or 'It failed.'}")
    if not wanted:
        about = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        intro = INTRO.format(machine=about, date=datetime.now(UTC).date().isoformat())
        PAGE.write_text(intro + "".join(sections) + NOT_RUN)
    return int(failed)


def measure(module: str) -> tuple[str, bool]:
    """One measurement's table, shown as it comes, and whether it ran to its end and missed no goal."""
    command = [sys.executable, "-m", f"tests.bench.{module}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1]) as child:
        lines = []
        for line in child.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
        child.wait(SECONDS)
    return "".join(lines), child.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
