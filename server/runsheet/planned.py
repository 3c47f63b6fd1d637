"""What is planned of a row, as an edit sets it: checked against the event, and with what follows from it."""

from typing import Any

from server.core.context import Context
from server.people.models import Department, Member
from server.runsheet.args import CueFields
from server.runsheet.around import require
from server.runsheet.models import ColumnDef, Cue, Place
from server.runsheet.published import as_published
from server.runsheet.rules import day_of


def values_of(
    ctx: Context, args: CueFields, cue: Cue | None = None, exclude: set[str] | None = None
) -> dict[str, Any]:
    """The named fields, checked against what the event has; what stands in the row already may stay."""
    values = args.model_dump(exclude_unset=True, exclude=exclude)
    if values.get("place") and not (cue and values["place"] == cue.place):
        require(ctx, Place, values["place"])
    for model, name in ((Member, "people"), (Department, "departments"), (ColumnDef, "columns")):
        kept = getattr(cue, name) if cue else ()
        for entity_id in values.get(name, ()):
            if entity_id not in kept:
                require(ctx, model, entity_id)
    return values


def take_day_along(ctx: Context, cue: Cue, values: dict[str, Any]) -> None:
    """A row stands on the day on which it starts, so a new start takes the day along, unless that is named too."""
    start = values.get("start", cue.start)
    is_fixed = values.get("start_mode", cue.start_mode) == "fixed"
    if start is not None and is_fixed and "day" not in values and {"start", "start_mode"} & values.keys():
        values["day"] = day_of(start, ctx.event)


def merged(cells: dict[str, dict[str, str]], changed: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401 - the same
    """The row's cells with the named ones replaced; an empty one goes."""
    return {column: cell for column, cell in (cells | changed).items() if cell}


def cells_of(cue: Cue, values: dict[str, Any]) -> dict[str, list[str]]:
    """Of whole columns that are to stand in a row, the cells that do not yet: each has a version of its own."""
    wanted = values.get("columns")
    if wanted is None:
        return {}
    stands = (cue.columns, as_published(cue).columns)
    named = sorted({*wanted, *(name for cells in stands for name in cells)})
    return {
        "columns": [name for name in named if any(cells.get(name) != wanted.get(name) for cells in stands)]
    }


def stood(cue: Cue, was: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What stood in a row by the log, which has only the cells that changed: (values, cells) to be set again."""
    if "columns" not in was:
        return was, {}
    return was | {"columns": merged(cue.columns, was["columns"])}, {"columns": list(was["columns"])}
