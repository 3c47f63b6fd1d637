"""What nobody uses: exports of modules, macros of templates and what these import, custom properties of styles.

A use is a word at the right place, so what shares its name with something else may be overlooked, but nothing is
blamed that is used.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from os.path import normpath
from pathlib import Path

from scripts.lint.problem import Problem, without_excused

Sources = Mapping[Path, str]

_EXPORT = re.compile(r"^export (?:async )?(?:function\*?|const|class) (\w+)", re.MULTILINE)
_IMPORT = re.compile(r"^import (?:\{([^}]*)\}|\* as (\w+)) from \"([^\"]+)\"", re.MULTILINE)
# A module that is loaded later is named by its path, and begun by its `start`.
_LATER = re.compile(r"\"(\./[\w/-]+\.js)\"")
_MACRO = re.compile(r"\{%-? *macro (\w+)\(")
_MACRO_IMPORT = re.compile(r"\{%-? *from \"[^\"]+\" import ([^%]+?)(?: with context)? *-?%\}")
_FAMILY = re.compile(r"\{%-? *(?:include|extends) \"([^\"]+)\"")
_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_SET = re.compile(r"(--[a-z][\w-]*):")


def exports(sources: Sources, root: Path) -> Iterator[Problem]:
    """What a module exports and no other imports; `root` is the folder that is served as /static."""
    taken = set(chain.from_iterable(_taken(path, source, root) for path, source in sources.items()))
    for path, source in sources.items():
        left = (found for found in _EXPORT.finditer(source) if (path, found[1]) not in taken)
        yield from _blamed(path, source, left, "export", "nobody imports")


def macros(sources: Sources, root: Path) -> Iterator[Problem]:
    """Macros that no template calls, and those that one imports for nothing; `root` is the templates' folder."""
    words = {path: _words(source) for path, source in sources.items()}
    for path, source in sources.items():
        left = (
            found for found in _MACRO.finditer(source) if not any(found[1] in used for used in words.values())
        )
        yield from _blamed(path, source, left, "macro", "nobody calls")
        here = set().union(*(words[each] for each in _family(path, sources, root)))
        for statement in _MACRO_IMPORT.finditer(source):
            for name in _names(statement[1]):
                if name not in here:
                    line = source.count("\n", 0, statement.start()) + 1
                    yield Problem(path, line, "import", f"{name} is imported and never used")


def properties(styles: Sources, modules: Sources) -> Iterator[Problem]:
    """Custom properties that a style sheet sets and nobody reads."""
    text = "".join(chain(styles.values(), modules.values()))
    read = set(re.findall(r"var\( *(--[\w-]+)", text)) | set(re.findall(r"[\"'`](--[\w-]+)", text))
    for path, source in styles.items():
        left = (found for found in _SET.finditer(source) if found[1] not in read)
        yield from _blamed(path, source, left, "property", "nobody reads")


def _taken(path: Path, source: str, root: Path) -> Iterator[tuple[Path, str]]:
    for listed, whole, target in _IMPORT.findall(source):
        # The service worker names the build, which the server puts in.
        name = target.removeprefix("/static/").removeprefix("__BUILD__/")
        where = root / name if target.startswith("/") else Path(normpath(path.parent / target))
        names = re.findall(rf"\b{whole}\.(\w+)", source) if whole else listed.split(",")
        yield from ((where, each.split(" as ")[0].strip()) for each in names)
    for target in _LATER.findall(source):
        yield Path(normpath(path.parent / target)), "start"


def _words(source: str) -> set[str]:
    """The words in a template's code, besides what it imports and the names of its macros."""
    left = _MACRO.sub("{% (", _MACRO_IMPORT.sub("", source))
    return set(re.findall(r"\w+", " ".join(_CODE.findall(left))))


def _names(listed: str) -> Iterator[str]:
    return (each.split(" as ")[-1].strip() for each in listed.split(","))


def _family(path: Path, sources: Sources, root: Path) -> set[Path]:
    """A template and what it includes or extends: these see what it imports."""
    found, left = set[Path](), [path]
    while left:
        each = left.pop()
        if each in sources and each not in found:
            found.add(each)
            left += (root / name for name in _FAMILY.findall(sources[each]))
    return found


def _blamed(
    path: Path, source: str, found: Iterator[re.Match[str]], rule: str, why: str
) -> Iterator[Problem]:
    lines = ((source.count("\n", 0, each.start()) + 1, each[1]) for each in found)
    yield from without_excused([Problem(path, line, rule, f"{why} {name}") for line, name in lines], source)
