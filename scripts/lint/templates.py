"""Templates: what the Content-Security-Policy would block, what escapes the escaping, ids, length."""

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.lint.problem import Problem, too_long, without_excused

LIMIT = 60
# A file of macros is a library of small controls, and not one thing to read from top to end.
MACROS_LIMIT = 200

# Stands for {{ … }} and {% … %}, so that arguments of macros are not taken for attributes.
_HOLE = "\N{REFERENCE MARK}"
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
# A macro may be given the whole id; whoever gives it is checked where it stands.
_ID = re.compile(rf"({_HOLE}|[a-z][a-z0-9]*)(-([a-z0-9]|{_HOLE})+)*")

# rule → what breaks it, and what to do instead. htmx 4 needs `unsafe-eval` for the last three.
_MARKUP = {
    "handler": (r"\son[a-z]+\s*=", "inline handler: hang behaviour on data-*"),
    "style": (r"\sstyle\s*=", "style attribute: set it by script from data-*, or by a class"),
    "script": (r"<script(?![^>]*\b(src=|type=\"application/json\"))", "inline script: blocked by the policy"),
    "sheet": (r"<style\b", "inline style sheet: blocked by the policy"),
    "foreign": (r"\b(src|href|action)=[\"']?(https?:)?//", "another host: blocked by the policy"),
    "javascript": (r"javascript:", "javascript: address: blocked by the policy"),
    "hx-on": (r"\shx-on\b", "hx-on needs unsafe-eval: write a module"),
    "js-value": (r"=[\"']js:", "js: value needs unsafe-eval: write a module"),
    "filter": (r"hx-trigger\s*=\s*(\"[^\"]*\[|'[^']*\[)", "trigger filter needs unsafe-eval: write a module"),
}
_JINJA_RULES = {
    "safe": (
        r"\|\s*safe\b|\bautoescape\s+false\b",
        "unescaped text: say in a comment why it cannot hold markup",
    ),
}


def check(path: Path, source: str) -> Iterator[Problem]:
    """Every problem of one template."""
    yield from too_long(path, source, MACROS_LIMIT if path.name.startswith("_macros") else LIMIT)
    code = _COMMENT.sub(_blank, source)
    markup = _JINJA.sub(_hole, code)
    found = [*_search(path, markup, _MARKUP), *_search(path, code, _JINJA_RULES), *_ids(path, markup)]
    yield from without_excused(found, source)


def _search(path: Path, text: str, rules: dict[str, tuple[str, str]]) -> Iterator[Problem]:
    for rule, (pattern, advice) in rules.items():
        for match in re.finditer(pattern, text, re.IGNORECASE):
            yield Problem(path, _line(text, match.start() + 1), rule, advice)


def _ids(path: Path, markup: str) -> Iterator[Problem]:
    for match in re.finditer(r"\sid=[\"']([^\"']*)[\"']", markup):
        if not _ID.fullmatch(match[1]):
            yield Problem(path, _line(markup, match.start() + 1), "id", f"id {match[1]!r} is not noun-id")


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _hole(match: re.Match[str]) -> str:
    return _HOLE + _blank(match)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
