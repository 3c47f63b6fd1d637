"""How long functions and files of Python are."""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lint.problem import Problem, too_long

LIMIT = 300
# A file of tests is a list of sentences: it may be longer than a room of code.
LIMIT_OF_TESTS = 600


def check(path: Path, source: str) -> Iterator[Problem]:
    yield from too_long(path, source, LIMIT_OF_TESTS if "tests" in path.parts else LIMIT)


def function_lengths(source: str) -> Iterator[int]:
    """Lines of each function, without its docstring and decorators."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1
