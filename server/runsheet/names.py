"""What rows quote by name, in the language and for the eyes of who reads them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from server.core.access import EDITORS, Lens
from server.core.blob_words import why_refused
from server.core.i18n import N_, of_two, translate
from server.core.models import ALL
from server.runsheet.args import WORDS
from server.runsheet.models import FACTS, ColumnDef, Cue
from server.runsheet.published import Changes, merged, waiting_changes
from server.runsheet.queries import Directory
from server.runsheet.reading import readable, reads_change, without_cells
from server.runsheet.script import script_columns

_WORDS = WORDS | {"projected": N_("Expected at")}


@dataclass(frozen=True)
class Names:
    """An event's directory in one language, as row templates use it.

    `audiences`: whose columns are shown. `edits`: what waits is told as well.
    """

    directory: Directory
    locale: str
    audiences: frozenset[str] = frozenset({ALL})
    edits: bool = False

    @classmethod
    def through(cls, directory: Directory, lens: Lens) -> "Names":
        """The names as one reads them through a lens."""
        return cls(directory, lens.locale, lens.audiences, lens.sees(EDITORS))

    def t(self, text: str, english: str) -> str:
        """The text of this language; Chinese where there is no English."""
        return of_two(self.locale, text, english)

    def cell(self, cell: dict[str, str]) -> str:
        """A column's cell in this language."""
        return self.t(cell.get("zh-TW", "") or cell.get("en", ""), cell.get("en", ""))

    def cells(self, cue: Cue) -> dict[str, str]:
        """What stands in a row's cells, of the columns that are shown."""
        told = {name: self.cell(cue.columns.get(name, {})) for name in self._columns}
        return {name: text for name, text in told.items() if text}

    def column(self, column: str) -> str:
        """What a column is called."""
        found = self._columns.get(column)
        return self.t(found.name, found.name_en) if found else column

    def word(self, field: str) -> str:
        """What a field of a row is called."""
        if field.startswith("columns."):
            return self.column(field[8:])
        return translate(self.locale, _WORDS.get(field, field))

    @cached_property
    def facts(self) -> dict[str, str]:
        """What stands before each plain text of a row."""
        return {name: translate(self.locale, word) for name, word in FACTS.items()}

    def fact(self, cue: Cue, name: str) -> str:
        """A plain text of a row in this language."""
        return self.t(getattr(cue, name), getattr(cue, f"{name}_en"))

    def told(self, cue: Cue) -> list[tuple[str, str, str]]:
        """The plain texts that a row has: (field, what stands before it, text)."""
        return [(name, word, text) for name, word in self.facts.items() if (text := self.fact(cue, name))]

    def listed(self, field: str, ids: Iterable[str]) -> str:
        """The names of people or departments, one behind the other."""
        names: Titles = getattr(self, field)
        return ("、" if self.locale == "zh-TW" else ", ").join(names.get(each, each) for each in ids)

    def pairs(self, moments: Mapping[str, int]) -> str:
        """Who did something when, as pages carry it: `member:ms`."""
        return " ".join(f"{member}:{at}" for member, at in moments.items())

    def waits(self, cue: Cue) -> Changes:
        """What of a row waits to be published, for those who edit."""
        return merged(waiting_changes(cue)) if self.edits else []

    def merged(self, changes: Changes) -> Changes:
        """Changes as people read them: how a row starts is one thing, and what is not for them is none."""
        return merged([change for change in changes if reads_change(change, self._columns)])

    def readable(self, value: Any) -> Any:  # noqa: ANN401 - a JSON document about rows
        """What is left of it without the cells that are not for these readers."""
        return without_cells(value, self._columns)

    def why_refused(self, reason: str) -> str:
        """Why a file was not taken."""
        return why_refused(reason, self.locale)

    @cached_property
    def columns(self) -> list[ColumnDef]:
        return list(self._columns.values())

    @cached_property
    def _columns(self) -> dict[str, ColumnDef]:
        return readable(self.directory.columns, self.audiences)

    @cached_property
    def scripts(self) -> frozenset[str]:
        """The columns that hold what the host says."""
        return script_columns(self.columns)

    @cached_property
    def people(self) -> "Titles":
        return Titles(self.locale, self.directory.people)

    @cached_property
    def places(self) -> "Titles":
        return Titles(self.locale, self.directory.places)

    @cached_property
    def departments(self) -> "Titles":
        return Titles(self.locale, self.directory.departments)

    @cached_property
    def tracks(self) -> "Titles":
        return Titles(self.locale, self.directory.tracks)

    @cached_property
    def crew(self) -> list[tuple[str, str]]:
        """Everybody who is still there and is no monitor, by name."""
        here = (
            row for row in self.directory.people.values() if not row.removed_at and "screen" not in row.roles
        )
        return sorted(((row.id, self.people[row.id]) for row in here), key=lambda each: each[1])


class Titles(Mapping[str, str]):
    """What rows are called in one language, by id: a row quotes a few of thousands.

    It doesn't know its `Names`, who know it: each row has its own, and only the collector would find the two.
    """

    def __init__(self, locale: str, rows: Mapping[str, Any]) -> None:
        self._locale, self._rows = locale, rows

    def __getitem__(self, row_id: str) -> str:
        row = self._rows[row_id]
        return of_two(self._locale, row.name, row.name_en)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
