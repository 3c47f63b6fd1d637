"""Modules of ours joined into one classic script, when the program starts.

A phone opens from what it keeps, and asks its service worker for each file: the phone's seventy modules took longer to
fetch, one by one, than to run, and so did the ninety of the desktop's table. On disk they stay as they are; a module
that is loaded later is served with its imports of them taken from the joined script, which gives each of them away.

It is no module itself, since Chromium compiles a module anew at each start; of a classic script it keeps what it has
compiled, and for one of the shell it does so when that is put there.
"""

import re
from posixpath import dirname, join, normpath, splitext

# An import, or an export of what another module has; what follows "import", if anything, and the other's address.
_IMPORT = re.compile(r"""^(?:import|export)\s(?:([^"';]*?)\sfrom\s)?["'](\.[^"']+)["'];?""", re.MULTILINE)
_EXPORT = re.compile(r"^export\b(?:\s+(?:async\s+)?(\S+)\s+([\w$]+))?(.*)", re.MULTILINE)
# Where the joined script gives its modules away, for those that are loaded later.
GIVEN = "joined"
# A joined module gives its names away once: what changes later would stay as it was for those who took it.
_DECLARED = {"function", "function*", "const", "class"}


def join_modules(files: dict[str, str], entry: str, folder: str) -> dict[str, str]:
    """The files to serve under `folder`: `entry` with all that it imports in it, and what is loaded later.

    That are the other modules of the entry's own folder; what they take of those that are joined, they take from where
    the entry gives it. Raises ValueError where modules import each other in a circle, or export what can't be given
    away.
    """
    names = _in_order(files, entry)
    later = [name for name in files if dirname(name) == dirname(entry) and name.endswith(".js")]
    served = {name: _loaded_later(files, name, names) for name in later if name not in names}
    whole = "".join(_wrapped(files, name) for name in names[:-1])
    given = f"globalThis.{GIVEN} = {{ {', '.join(map(_variable, names[:-1]))} }};"
    # A module is strict, keeps its names to itself, and may wait.
    served[entry] = f'"use strict";(async () => {{\n{whole}{given}\n{_body(files, entry)}\n}})();\n'
    start = len(dirname(entry)) + 1
    return {f"{folder}/{name[start:]}": text for name, text in served.items()}


def _in_order(files: dict[str, str], entry: str) -> list[str]:
    """The entry and all that it imports, each after what it imports itself."""
    ordered: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"modules import each other in a circle: {' → '.join((*path, name))}")
        for target in imported(files[name], name):
            if target not in ordered:
                visit(target, (*path, name))
        ordered[name] = None

    visit(entry, ())
    return list(ordered)


def imported(text: str, name: str) -> list[str]:
    """The names of the modules that a module takes something from; `text` is what stands in it."""
    return [_path(name, target) for _, target in _IMPORT.findall(text)]


def _path(name: str, target: str) -> str:
    return normpath(join(dirname(name), target))


def _wrapped(files: dict[str, str], name: str) -> str:
    body = re.sub(r"^export\s+", "", _body(files, name), flags=re.MULTILINE)
    return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {', '.join(_exported(files, name))} }};\n}})();\n"


def _body(files: dict[str, str], name: str) -> str:
    """A module whose imports are taken from those before it; its lines stay as many as they are."""

    def taken(found: re.Match[str]) -> str:
        what, target = found.groups()
        return _named(what, _variable(_path(name, target))) + "\n" * found[0].count("\n")

    return _IMPORT.sub(taken, files[name])


def _named(what: str | None, given: str) -> str:
    """What stood between "import" and "from", as constants of what is given."""
    if not what:
        return ""
    wanted = what.removeprefix("* as ")
    if wanted == what:
        wanted = re.sub(r"([\w$]+) as ([\w$]+)", r"\1: \2", " ".join(what.split()))
    return f"const {wanted} = {given};"


def _exported(files: dict[str, str], name: str) -> list[str]:
    found = _EXPORT.findall(files[name])
    for kind, exported, rest in found:
        if kind not in _DECLARED:
            what = f"{kind} {exported}{rest}".strip()
            raise ValueError(f"{name} exports {what}: functions, classes and constants can be joined")
    return [exported for _, exported, _ in found]


def _loaded_later(files: dict[str, str], name: str, joined: list[str]) -> str:
    """A module that takes what stands in the joined script from there; its lines stay as many as they are."""

    def taken(found: re.Match[str]) -> str:
        what, target = found.groups()
        path = _path(name, target)
        if path not in joined[:-1]:
            return found[0]
        return _named(what, f"{GIVEN}.{_variable(path)}") + "\n" * found[0].count("\n")

    return _IMPORT.sub(taken, files[name])


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", splitext(name)[0])
