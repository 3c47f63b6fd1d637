"""Writes down which ops the program accepts, with their arguments: `python -m scripts.ops`, whenever one was added.

Phones send what they queued up to 30 days ago, so nothing leaves `docs/ops.json` but by hand, 30 days after the op did.
"""

import json
from pathlib import Path
from typing import Any

from server.app import OPS

FILE = Path(__file__).parents[1] / "docs" / "ops.json"
Shape = dict[str, list[str]]


def accepted() -> dict[str, Shape]:
    """Every op by its name: the arguments that it takes, and those that it needs."""
    return {name: shape_of(op.args.model_json_schema()) for name, op in sorted(OPS.ops.items())}


def shape_of(schema: dict[str, Any]) -> Shape:
    """The names in a model's schema."""
    return {"takes": sorted(schema.get("properties", {})), "needs": sorted(schema.get("required", []))}


def main() -> None:
    """Add what is new, and keep what was there."""
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    lines = (
        f"  {json.dumps(name)}: {json.dumps(shape)}" for name, shape in sorted((accepted() | known).items())
    )
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
