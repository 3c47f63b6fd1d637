"""Style sheets, by a real CSS parser: syntax, layers, raw colours only in tokens.css, no unknown variable."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import tinycss2
from tinycss2.ast import AtRule, Declaration, FunctionBlock, Node, ParseError, QualifiedRule
from tinycss2.color4 import parse_color

from scripts.lint.problem import Problem, too_long, without_excused

LIMIT = 300
TOKENS = "tokens.css"

_COLOUR_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color"}
_NO_COLOURS = {"transparent", "currentcolor"}
_COLOURED = re.compile(r"--|color|background|border|outline|shadow|fill|stroke|decoration")
_OUTSIDE_LAYERS = {"layer", "font-face", "property", "view-transition", "page"}


def check(path: Path, source: str, variables: frozenset[str]) -> Iterator[Problem]:
    """Every problem of one style sheet; `variables` are all custom properties that somebody sets."""
    yield from too_long(path, source, LIMIT)
    rules = tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True)
    found = [*_layers(path, rules), *_walk(path, rules, variables)]
    yield from without_excused(found, source)


def variables_set_in(source: str) -> Iterator[str]:
    """Names of custom properties that a style sheet, a module or the server sets."""
    return (match[0] for match in re.finditer(r"--[a-z][\w-]*(?=\s*[:\"'`,])", source))


def _layers(path: Path, rules: Iterable[Node]) -> Iterator[Problem]:
    for rule in rules:
        if isinstance(rule, AtRule) and rule.lower_at_keyword in _OUTSIDE_LAYERS:
            continue
        if not isinstance(rule, ParseError):
            yield Problem(path, rule.source_line, "layer", "a rule outside @layer wins over every layer")


def _walk(path: Path, nodes: Iterable[Node], variables: frozenset[str]) -> Iterator[Problem]:
    for node in nodes:
        if isinstance(node, ParseError):
            yield Problem(path, node.source_line, "syntax", node.message)
        elif isinstance(node, Declaration):
            yield from _declaration(path, node, variables)
        elif isinstance(node, (AtRule, QualifiedRule)) and node.content is not None:
            inner = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            yield from _walk(path, inner, variables)


def _declaration(path: Path, declaration: Declaration, variables: frozenset[str]) -> Iterator[Problem]:
    for token in _tokens(declaration.value):
        if isinstance(token, ParseError):
            yield Problem(path, token.source_line, "syntax", token.message)
        elif path.name != TOKENS and _is_colour(declaration.lower_name, token):
            yield Problem(
                path, token.source_line, "colour", f"raw colour outside {TOKENS}: {token.serialize()}"
            )
        elif (address := _address(token)) and not address.startswith(("data:", "#", "/static/", "../")):
            yield Problem(path, token.source_line, "foreign", "only our own files may be loaded")
        elif (name := _unknown(token, variables)) is not None:
            yield Problem(path, token.source_line, "variable", f"nobody sets {name}")


def _tokens(values: Iterable[Node]) -> Iterator[Node]:
    for token in values:
        yield token
        yield from _tokens(getattr(token, "arguments", None) or getattr(token, "content", None) or ())


def _is_colour(name: str, token: Node) -> bool:
    if not _COLOURED.search(name):
        return False
    if token.type == "function":
        return token.lower_name in _COLOUR_FUNCTIONS
    if token.type not in {"hash", "ident"} or token.value.lower() in _NO_COLOURS:
        return False
    return parse_color(token) is not None


def _address(token: Node) -> str | None:
    """What `url(x)` or `url("x")` names."""
    if token.type == "function" and token.lower_name == "url":
        return next((str(part.value) for part in token.arguments if part.type == "string"), None)
    return str(token.value) if token.type == "url" else None


def _unknown(token: Node, variables: frozenset[str]) -> str | None:
    """The variable of a `var()` without a fallback, if nobody sets it."""
    if not isinstance(token, FunctionBlock) or token.lower_name != "var":
        return None
    names = [part for part in token.arguments if part.type not in {"whitespace", "comment"}]
    if len(names) == 1 and names[0].type == "ident" and names[0].value not in variables:
        return str(names[0].value)
    return None
