"""Which column of the file becomes which field of the run sheet. The coordinator may change all of it."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from server.core.ids import is_id
from server.runsheet.imports.book import MAX_COLUMN, letters
from server.runsheet.imports.clean import bare
from server.runsheet.imports.times import UNITS
from server.runsheet.imports.words import FIELDS, REPEATABLE


@dataclass(frozen=True)
class Source:
    """A column of the file and what it becomes."""

    column: int
    heading: str
    field: str = "ignore"
    key: str = ""
    """For the field `column`: the id of the event's column, or of the one to be made if `new`."""
    new: bool = False
    confidence: float = 0.0
    unit: str = ""
    """For durations, how bare numbers and 0:30 are meant: min, s, h, h:mm or m:ss."""
    split: bool = True
    """Whether a cell holds several names; not where each person has a column."""
    samples: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "letters": letters(self.column)}


@dataclass(frozen=True)
class Mapping:
    """How a sheet is to be read."""

    sheet: str
    header_rows: tuple[int, ...]
    first_row: int
    sources: tuple[Source, ...]
    day_hint: str = ""
    """A date that stands above the header, ISO, for a sheet without a column of days."""

    def columns(self, name: str) -> list[Source]:
        """The file's columns for a field, in order."""
        return [source for source in self.sources if source.field == name]

    def to_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "header_rows": list(self.header_rows),
            "first_row": self.first_row,
            "sources": [source.to_json() for source in self.sources],
            "day_hint": self.day_hint,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """A mapping as it came back from the coordinator; ValueError if it cannot be one."""
        try:
            sources = tuple(_source(entry) for entry in data["sources"])
            rows = tuple(int(row) for row in data["header_rows"])
            sheet, hint = bare(str(data["sheet"])), bare(str(data.get("day_hint", "")))
            made = cls(sheet, rows, int(data["first_row"]), sources, hint)
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            message = "not a mapping"
            raise ValueError(message) from error
        _check(made)
        return made


def _source(entry: dict[str, Any]) -> Source:
    return Source(
        int(entry["column"]),
        bare(str(entry["heading"]))[:200],
        str(entry["field"]),
        bare(str(entry.get("key", "")))[:64],
        bool(entry.get("new", False)),
        float(entry.get("confidence", 1.0)),
        str(entry.get("unit", "")),
        bool(entry.get("split", True)),
        tuple(bare(str(sample))[:200] for sample in entry.get("samples", ()))[:5],
    )


def _check(mapping: Mapping) -> None:
    """Fields that exist, each column once, and a field twice only where several columns may fill it."""
    columns = [source.column for source in mapping.sources]
    single = [
        s.field for s in mapping.sources if s.field not in REPEATABLE and s.field not in {"ignore", "column"}
    ]
    keys = [source.key for source in mapping.sources if source.field == "column"]
    wrong = (
        any(source.field not in FIELDS or source.unit not in {"", *UNITS} for source in mapping.sources)
        or any(len(set(found)) != len(found) for found in (columns, single, keys))
        or not all(map(is_id, keys))
        or any(not 1 <= column <= MAX_COLUMN for column in columns)
    )
    if wrong:
        message = "a field or column stands twice, or does not exist"
        raise ValueError(message)
