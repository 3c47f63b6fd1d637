"""Who reads which columns: a column for the team alone is not there for anybody else, nor is a cell of it."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from server.core.access import TEAM
from server.runsheet.models import ColumnDef

_FIELD = "columns."


def readable(columns: Mapping[str, ColumnDef], audiences: Iterable[str]) -> dict[str, ColumnDef]:
    """The columns that are shown to one of these audiences, in their order."""
    seen = frozenset(audiences)
    return {name: column for name, column in columns.items() if column.audience in seen}


def reads_all(columns: Mapping[str, ColumnDef], audiences: Collection[str]) -> bool:
    """Whether nothing has to be left out for these audiences."""
    return TEAM in audiences or len(readable(columns, audiences)) == len(columns)


def reads_change(change: Mapping[str, Any], columns: Iterable[str]) -> bool:
    """Whether a change of a row, {field, old, new}, is of something that is shown to those who read these columns."""
    field = str(change.get("field", ""))
    return not field.startswith(_FIELD) or field.removeprefix(_FIELD) in columns


def without_cells(value: Any, columns: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any part of a JSON document
    """A document about rows without the cells of other columns, wherever they stand in it."""
    if isinstance(value, dict):
        return {name: _kept(name, inner, columns) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_cells(each, columns) for each in value if _is_readable(each, columns)]
    return value


def _kept(name: str, inner: Any, columns: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
    if name == "columns" and isinstance(inner, dict):
        return {column: cell for column, cell in inner.items() if column in columns}
    return without_cells(inner, columns)


def _is_readable(each: Any, columns: Mapping[str, Any]) -> bool:  # noqa: ANN401 - as above
    return not isinstance(each, dict) or reads_change(each, columns)
