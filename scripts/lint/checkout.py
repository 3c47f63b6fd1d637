"""The lints over the files of a checkout."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from scripts.lint import modules, sizes, styles, templates, unused
from scripts.lint.problem import Problem


def problems(root: Path) -> Iterator[Problem]:
    """Every problem of a checkout."""
    for path, source in _read(root, "templates/**/*.html"):
        yield from templates.check(path, source)
    yield from style_problems(root)
    for path, source in chain(_read(root, "static/js/**/*.js"), _read(root, "sw/**/*.js")):
        yield from modules.check(path, source, root / "static")
    for path, source in _python(root):
        # A migration is written by a tool, as long as the schema is, and read once.
        if "migrations" not in path.parts:
            yield from sizes.check(path, source)
    yield from unused_problems(root)


def unused_problems(root: Path) -> Iterator[Problem]:
    scripts = dict(chain(_read(root, "static/js/**/*.js"), _read(root, "sw/**/*.js")))
    yield from unused.exports(scripts, root / "static")
    yield from unused.macros(dict(_read(root, "templates/**/*.html")), root / "templates")
    yield from unused.properties(dict(_read(root, "static/css/**/*.css")), scripts)


def style_problems(root: Path) -> Iterator[Problem]:
    setters = chain(
        _read(root, "static/**/*.css"), _read(root, "static/js/**/*.js"), _read(root, "server/**/*.py")
    )
    variables = frozenset(chain.from_iterable(styles.variables_set_in(source) for _, source in setters))
    for path, source in _read(root, "static/css/**/*.css"):
        yield from styles.check(path, source, variables)


def python_sources(root: Path) -> Iterator[str]:
    """The program's own Python, without tests."""
    return (source for _, source in _read(root, "server/**/*.py"))


def _python(root: Path) -> Iterator[tuple[Path, str]]:
    return chain.from_iterable(_read(root, f"{folder}/**/*.py") for folder in ("server", "scripts", "tests"))


def _read(root: Path, pattern: str) -> Iterator[tuple[Path, str]]:
    for path in sorted(root.glob(pattern)):
        if "vendor" not in path.parts:
            yield path, path.read_text(encoding="utf-8")
