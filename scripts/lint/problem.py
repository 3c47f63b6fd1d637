"""What a lint finds, and how a line is excused from a rule."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# "lint: html, the fragment is our own server's" in a comment on the line or the one above; the reason is part of it.
_EXCUSE = re.compile(r"lint: (?P<rule>[a-z-]+), \S")


@dataclass(frozen=True)
class Problem:
    """A rule broken at a line (from 1)."""

    path: Path
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text} [{self.rule}]"


def without_excused(problems: Iterable[Problem], source: str) -> Iterator[Problem]:
    """The problems that no comment of the file excuses."""
    excused = {
        (n, m["rule"]) for n, line in enumerate(source.splitlines(), 1) for m in _EXCUSE.finditer(line)
    }
    for problem in problems:
        if not {(problem.line, problem.rule), (problem.line - 1, problem.rule)} & excused:
            yield problem


def too_long(path: Path, source: str, limit: int) -> Iterator[Problem]:
    """A file of more lines than `limit`; it cannot be excused, only divided."""
    lines = len(source.splitlines())
    if lines > limit:
        yield Problem(path, limit, "length", f"{lines} lines; at most {limit}")
