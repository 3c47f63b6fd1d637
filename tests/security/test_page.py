"""The page about security can't rot: what it names as proof is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(
    r"\| `(tests/[\w/.]+)(?:::(\w+))?` \|$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE
)


def test_every_claim_names_a_test() -> None:
    claims = re.findall(r"^\| (?!claim|---)", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)
    assert len(claims) == len(NAMED) > 40


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_the_test_that_a_claim_names_is_there(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert name in found if name else any(each.startswith("test_") for each in found)
