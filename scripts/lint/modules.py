"""JavaScript, by tree-sitter's grammar: syntax, imports that exist and are used, and what we never write.

A linter of the JavaScript world needs Node, which nobody needs here. What only a run can show, the tests in
Chromium show: they open every page and fail on any error in its console.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from scripts.lint.problem import Problem, too_long, without_excused

LIMIT = 300

_PARSER = Parser(Language(tree_sitter_javascript.language()))

# A path of member accesses or a called name → why not.
_CALLS = {
    "eval": "eval is blocked by the policy",
    "Function": "new Function is blocked by the policy",
    "alert": "a dialog stops the page: show it in the page",
    "confirm": "a dialog stops the page: show it in the page",
    "document.write": "document.write drops the page",
}
_MEMBERS = {
    "navigator.onLine": "says true while the server is dead: ask the socket's pong",
    "console.log": "left over from a search",
    "console.debug": "left over from a search",
}
_MARKUP = {"innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe"}


def check(path: Path, source: str, root: Path) -> Iterator[Problem]:
    """Every problem of one module; `root` is the folder that is served as /static."""
    yield from too_long(path, source, LIMIT)
    tree = _PARSER.parse(source.encode())
    nodes = list(_walk(tree.root_node))
    found = [problem for node in nodes for problem in _node(path, node)]
    yield from without_excused([*found, *_imports(path, nodes, root)], source)


def exports(source: str) -> set[str]:
    """The names that a module exports."""
    return {name for node in _walk(_PARSER.parse(source.encode()).root_node) for name in _exported(node)}


def _node(path: Path, node: Node) -> Iterator[Problem]:
    for rule, text in _faults(node):
        yield Problem(path, node.start_point[0] + 1, rule, text)


def _faults(node: Node) -> Iterator[tuple[str, str]]:
    text = _text(node)
    if node.is_error or node.is_missing:
        yield "syntax", f"cannot be parsed: {text[:40]!r}" if text else f"{node.type!r} is missing"
    elif node.type == "variable_declaration":
        yield "var", "var leaks out of its block: const or let"
    elif node.type in {"==", "!="}:
        yield "equal", f"{node.type} converts what it compares: {node.type}="
    elif node.type == "catch_clause" and not _field(node, "body").named_children:
        yield "catch", "an error is swallowed: say in the block why that is right"
    elif node.type in {"call_expression", "new_expression"}:
        yield from _named("call", _CALLS, _callee(node))
    elif node.type == "member_expression":
        yield from _named("member", _MEMBERS, text)
        yield from _unescaped(node)


def _named(rule: str, names: dict[str, str], name: str) -> Iterator[tuple[str, str]]:
    if name.removeprefix("window.") in names:
        yield rule, names[name.removeprefix("window.")]


def _unescaped(node: Node) -> Iterator[tuple[str, str]]:
    name = _text(_field(node, "property"))
    if name in _MARKUP:
        yield "html", f"{name} takes markup: say in a comment why it holds no foreign text"
    if re.fullmatch(r"on[a-z]+", name) and _is_target(node):
        yield "handler", f"{name} holds one handler only: addEventListener"


def _is_target(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "assignment_expression" and _field(parent, "left") == node


def _imports(path: Path, nodes: list[Node], root: Path) -> Iterator[Problem]:
    words = Counter(
        _text(node) for node in nodes if node.type in {"identifier", "shorthand_property_identifier"}
    )
    for node in nodes:
        if node.type != "import_statement":
            continue
        line = node.start_point[0] + 1
        source = _text(_field(node, "source")).strip("\"'")
        # The service worker names the build, which the server puts in.
        name = source.removeprefix("/static/").removeprefix("__BUILD__/")
        target = root / name if source.startswith("/") else path.parent / source
        if not source.startswith((".", "/static/")) or not target.is_file():
            yield Problem(
                path, line, "import", f"{source} is no file here: the browser takes paths, not names"
            )
            continue
        yield from _specifiers(path, node, exports(target.read_text(encoding="utf-8")), words)


def _specifiers(path: Path, statement: Node, known: set[str], words: Counter[str]) -> Iterator[Problem]:
    line = statement.start_point[0] + 1
    for node in _walk(statement):
        if node.type != "import_specifier":
            continue
        name = _text(_field(node, "name"))
        local = _text(node.child_by_field_name("alias") or _field(node, "name"))
        if name not in known:
            yield Problem(path, line, "import", f"{name} is not exported there")
        if words[local] == 1:  # the import itself
            yield Problem(path, line, "unused", f"{local} is imported and never used")


def _exported(node: Node) -> Iterator[str]:
    if node.type == "export_specifier":
        yield _text(node.child_by_field_name("alias") or _field(node, "name"))
    if (
        node.type == "export_statement"
        and (declaration := node.child_by_field_name("declaration")) is not None
    ):
        for child in (declaration, *declaration.named_children):
            name = child.child_by_field_name("name")
            if name is not None:
                yield _text(name)


def _callee(node: Node) -> str:
    return _text(node.child_by_field_name("function") or node.child_by_field_name("constructor"))


def _field(node: Node, name: str) -> Node:
    found = node.child_by_field_name(name)
    if found is None:
        raise LookupError(f"{node.type} without {name}")
    return found


def _text(node: Node | None) -> str:
    return (node.text or b"").decode() if node is not None else ""


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
