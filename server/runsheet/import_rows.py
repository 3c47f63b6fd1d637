"""The rows of the sheet as a file is compared with them, read aside from what `import_sheet.py` took."""

import json
from types import SimpleNamespace
from typing import Any

from server.runsheet.tree import in_tree_order

FIELDS = (
    *(
        "id",
        "parent",
        "order_key",
        "kind",
        "track",
        "day",
        "start_mode",
        "start",
        "offset_s",
        "end_mode",
        "end",
    ),
    *(
        "duration_s",
        "number",
        "title",
        "title_en",
        "title_kind",
        "place",
        "meeting",
        "reading",
        "line",
        "hard",
    ),
    *("colour", "note", "state", "leaving"),
)
DOCUMENTS = ("people", "departments", "columns", "flagged", "runs", "versions")
"""They come as texts, behind the fields."""


def read_rows(packed: bytes) -> list[dict[str, Any]]:
    """The rows in tree order, as `import_compare` takes them; `hand` are the fields that people have set."""
    taken = json.loads(packed) if packed else {"rows": [], "by_import": []}
    by_import = frozenset(taken["by_import"])
    return [vars(row) for row in in_tree_order(_row(values, by_import) for values in taken["rows"])]


def _row(values: list[Any], by_import: frozenset[int]) -> SimpleNamespace:
    row = dict(zip((*FIELDS, *DOCUMENTS), values, strict=True))
    row |= {name: json.loads(row[name]) for name in DOCUMENTS}
    hand = frozenset(name for name, seq in row["versions"].items() if seq not in by_import)
    return SimpleNamespace(**row, hand=hand)
