"""One page for each person: when and where they are wanted, for what, and whom to ask."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.core.access import TEAM, Viewer
from server.people.models import Member
from server.runsheet.models import Cue
from server.runsheet.names import Names
from server.runsheet.printing import Line, Writer


@dataclass(frozen=True)
class Sheet:
    """A person's page. `days` are (day, lines), each beginning with the first call; `lead` is who to ask."""

    member: Member
    department: str
    channel: str
    lead: Member | None
    days: list[tuple[str, list[Line]]]
    columns: list[str]

    def told(self, line: Line) -> str:
        """What a row says to this person: the cells of their department's columns, and the note."""
        cells = (line.cells.get(key, "") for key in self.columns)
        return "\n".join(filter(None, (*cells, line.note)))


def sheets(cues: list[Cue], viewer: Viewer, names: Names, writer: Writer, who: str) -> list[Sheet]:
    """The pages of one member, of a department (`dept:light`), or of all who are wanted somewhere."""
    people = [
        each for each in names.directory.people.values() if not (each.removed_at or each.viewer().is_screen)
    ]
    chosen = [each for each in people if who in {"", each.id, f"dept:{each.department}"}]
    made = [_sheet(each, people, cues, names, writer) for each in chosen]
    shown = [sheet for sheet in made if sheet.days or sheet.member.id == who]
    # How to reach people is for the team, as in the list of contacts.
    return shown if TEAM in viewer.audiences else []


def present(names: Names) -> list[Member]:
    """Everybody who is in the event, no screens."""
    return [
        each for each in names.directory.people.values() if not (each.removed_at or each.viewer().is_screen)
    ]


def _sheet(member: Member, people: list[Member], cues: list[Cue], names: Names, writer: Writer) -> Sheet:
    department = names.directory.departments.get(member.department or "")
    leads = (
        each
        for each in people
        if "lead" in each.roles and each.department and each.department == member.department
    )
    return Sheet(
        member=member,
        department=names.departments.get(member.department or "", ""),
        channel=member.channel or (department.channel if department else ""),
        lead=next((each for each in leads if each.id != member.id), None),
        days=_days(wanted(member, cues), writer),
        columns=[
            column.id
            for column in names.columns
            if member.department and column.department == member.department
        ],
    )


def wanted(member: Member, cues: Iterable[Cue]) -> list[Cue]:
    """The rows with a person's name, or their department's if none has it, as on the phone's Mine."""
    shown = [cue for cue in cues if cue.state != "skipped" and cue.kind != "segment"]
    named = [cue for cue in shown if member.id in cue.people]
    return named or [cue for cue in shown if member.department and member.department in cue.departments]


def _days(cues: list[Cue], writer: Writer) -> list[tuple[str, list[Line]]]:
    lines = sorted((writer.line(cue) for cue in cues), key=lambda line: (line.day, line.start or "~"))
    return [
        (day, [line for line in lines if line.day == day])
        for day in dict.fromkeys(line.day for line in lines)
    ]
