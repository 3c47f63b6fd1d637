"""Imports point one way: core ← models ← queries ← actions ← pages ← app, and from a higher rank to a lower."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

RANKS = {
    "people": 0,
    "runsheet": 1,
    "checkin": 1,
    "checklists": 1,
    "incidents": 1,
    "alerts": 2,
    "planning": 2,
    "connections": 2,
    "guests": 2,
    "control": 3,
    "reports": 3,
}
LAYERS = {"models": 1, "queries": 2, "actions": 3, "pages": 4}
# Where the thinking is: no database, no web, no other feature, so that it can be tried on plain values.
PURE = ("runsheet/timing*.py", "runsheet/tree.py", "core/order.py", "core/ids.py", "core/strict_json.py")
# What is run by `core/aside.py`, or is a process of its own for strangers' files.
ASIDE = (
    "server.core.cleaning",
    *(f"server.runsheet.{name}" for name in ("exports.work", "import_work", "imports.child")),
)
PURE_MAY = {"pydantic", *sys.stdlib_module_names}
# The program around the features; what has a folder here belongs to commands of it.
COMMANDS = {"demo", "keeping", "venue"}
TOP = ("server.app", "server.cli", "server.settings", *(f"server.{name}" for name in sorted(COMMANDS)))
READS_SETTINGS = ("server.app", "server.cli", "server.demo", "server.keeping", "server.venue")


def _modules() -> dict[str, Path]:
    paths = sorted((ROOT / "server").rglob("*.py"))
    return {_name(path): path for path in paths if "migrations" not in path.parts}


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = _modules()


@cache
def _imports(module: str, *, loaded: bool = False) -> frozenset[str]:
    """Every module that this one imports, also inside functions: ours to the file, others to the package.

    With `loaded`, without those that stand under `if TYPE_CHECKING`.
    """
    tree = _tree(module)
    left_out = set(_for_annotations(tree)) if loaded else set()
    names = {name for node in ast.walk(tree) if node not in left_out for name in _imported(module, node)}
    return frozenset(_known(name) for name in names) - {module}


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def _for_annotations(tree: ast.Module) -> Iterator[ast.AST]:
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from chain.from_iterable(map(ast.walk, node.body))


def _imported(module: str, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        base = _base(module, node)
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _base(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    is_package = MODULES[module].name == "__init__.py"
    parts = module.split(".")[: None if is_package and node.level == 1 else is_package - node.level]
    return ".".join([*parts, *(node.module.split(".") if node.module else [])])


def _known(name: str) -> str:
    """The module in which an imported name lives."""
    while name.startswith("server") and name not in MODULES and "." in name:
        name = name.rpartition(".")[0]
    return name if name.startswith("server") else name.partition(".")[0]


def _feature(module: str) -> str | None:
    """people, runsheet …; None for core and for what stands at the top."""
    parts = module.split(".")
    is_feature = (
        len(parts) > 1 and parts[1] not in {"core", *COMMANDS} and (ROOT / "server" / parts[1]).is_dir()
    )
    return parts[1] if is_feature else None


@cache
def _layer(module: str) -> int:
    """The layer that a file's name gives, or the highest that a file of another name imports."""
    parts = module.split(".")
    if parts[1:2] == ["core"]:
        return 0
    if (named := next((LAYERS[part] for part in parts[2:] if part in LAYERS), None)) is not None:
        return named
    return max((_layer(each) for each in _imports(module) if _feature(each) and each != module), default=0)


PURE_MODULES = [_name(path) for pattern in PURE for path in sorted((ROOT / "server").glob(pattern))]
FEATURE_MODULES = [module for module in MODULES if _feature(module)]


def test_every_feature_has_a_rank() -> None:
    assert {_feature(module) for module in FEATURE_MODULES} <= RANKS.keys()


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith("server.core")])
def test_core_knows_no_feature(module: str) -> None:
    assert [
        each for each in _imports(module) if each.startswith("server.") and not each.startswith("server.core")
    ] == []


@pytest.mark.parametrize("module", FEATURE_MODULES)
def test_a_feature_imports_only_lower_ranks(module: str) -> None:
    own = _feature(module)
    assert own is not None
    others = {each: _feature(each) for each in _imports(module)}
    wrong = [each for each, other in others.items() if other and other != own and RANKS[other] >= RANKS[own]]
    assert wrong == []


@pytest.mark.parametrize("module", FEATURE_MODULES)
def test_a_layer_imports_only_lower_layers(module: str) -> None:
    wrong = [each for each in _imports(module) if _feature(each) and _layer(each) > _layer(module)]
    assert wrong == []


@pytest.mark.parametrize("module", FEATURE_MODULES)
def test_a_feature_knows_nothing_of_the_app(module: str) -> None:
    assert [each for each in _imports(module) if each.startswith(TOP)] == []


def test_only_the_app_and_its_commands_read_settings() -> None:
    readers = [module for module in MODULES if "server.settings" in _imports(module)]
    assert [module for module in readers if not module.startswith(READS_SETTINGS)] == []


def test_only_settings_read_the_environment() -> None:
    readers = {m for m, path in MODULES.items() if {"os.environ", "os.getenv"} & _attributes(path)}
    assert readers <= {"server.settings"}


@pytest.mark.parametrize("module", PURE_MODULES)
def test_where_the_thinking_is_nothing_else_is(module: str) -> None:
    assert _imports(module) - PURE_MAY - set(PURE_MODULES) == set()


@pytest.mark.parametrize("module", ASIDE)
def test_what_works_aside_loads_no_database(module: str) -> None:
    """A fresh interpreter would need half a second of a core for it, which others go without."""
    assert module in MODULES
    loaded = found = {module}
    while found:
        found = {other for each in found & MODULES.keys() for other in _imports(each, loaded=True)} - loaded
        loaded |= found
    assert loaded & {"sqlalchemy", "sqlmodel", "pydantic", "starlette"} == set()


def test_no_two_modules_load_each_other() -> None:
    """What is imported for annotations alone loads nothing."""
    loads = {module: _imports(module, loaded=True) for module in MODULES}
    assert [(a, b) for a in MODULES for b in loads[a] if a < b and a in loads.get(b, ())] == []


def test_every_name_of_a_module_is_used_somewhere() -> None:
    """An op or a page is named by what decorates it; a method or a field is no name of a module."""
    texts = chain(MODULES.values(), (ROOT / "templates").rglob("*.html"))
    words = Counter(
        chain.from_iterable(re.findall(r"\w+", path.read_text(encoding="utf-8")) for path in texts)
    )
    idle = [f"{module}.{name}" for module in MODULES for name in _given(_tree(module)) if words[name] == 1]
    assert idle == []


def _given(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.decorator_list
        ):
            yield node.name
        if isinstance(node, ast.Assign | ast.AnnAssign):
            names = [
                each
                for each in ast.walk(node)
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            ]
            yield from (each.id for each in names if not each.id.startswith("__"))


def _attributes(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
