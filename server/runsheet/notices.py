"""What people are told of changes to their rows, old → new, until they have said 知道了."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field
from sqlmodel import col, select

from server.core.access import REMINDERS, SCREEN, TEAM, Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.models import ALL
from server.core.ops import MOST_SEQ, Args, Id, OpSet, RefusalError
from server.people.models import Member
from server.runsheet.args import WORDS
from server.runsheet.editions import SHEET, Ack, Notice
from server.runsheet.models import CALLED, ColumnDef, Cue
from server.runsheet.published import Changes, as_published
from server.runsheet.timing_shift import Shift

ops = OpSet(words=WORDS | {"notices": N_("Changes")})

SHIFT = "projected"
"""The field of a change that no edit made: the row is projected to start at another time, epoch milliseconds."""
# An old value is told until its people know of the new one; but what was expected hours ago is nothing to compare with.
_EXPECTED_MS = 2 * 3_600_000
_OPPOSITE = {"added": "removed", "removed": "added"}
MOST = 400


class Seen(Args):
    """A notice, and the entry of the log up to which it was read."""

    id: Id
    seq: int = Field(ge=0, le=MOST_SEQ)


class Acknowledge(Args):
    notices: Annotated[list[Seen], Field(min_length=1, max_length=MOST)]


class Remind(Args):
    """`to` are the members to remind, of everything that they haven't answered."""

    to: Annotated[list[Id], Field(min_length=1, max_length=MOST)]


@ops.op("notice.ack", may=Permission.VIEW)
def acknowledge(ctx: Context, args: Acknowledge) -> dict[str, int]:
    """Say 知道了 to changes. What was changed again since it was read stays to be answered."""
    seen = {each.id: each.seq for each in args.notices}
    at, answered = ctx.fact_time(None), 0
    for notice in _standing(ctx, seen):
        if ctx.viewer.id not in notice.to or seen[notice.id] < notice.sent:
            continue
        if ctx.viewer.id not in notice.acked:
            answered += 1
            notice.acked = notice.acked | {ctx.viewer.id: at}
            # Two hundred answers to one notice would be two hundred of its rows on each phone.
            ctx.record(notice, {"acked": ctx.viewer.id}, was=None, at=at, told=REMINDERS)
            _remember(ctx, notice, at)
    return {"acked": answered}


def _remember(ctx: Context, notice: Notice, at: int) -> None:
    """Say it to the member's own phones."""
    ack_id, own = f"{notice.id}:{ctx.viewer.id}", ctx.viewer.own_audience
    ack = ctx.find(Ack, ack_id) or Ack(
        event_id=ctx.event_id, id=ack_id, audience=own, notice=notice.id, member=ctx.viewer.id, sent=0, at=at
    )
    ack.sent, ack.at = notice.sent, at
    ctx.session.add(ack)
    ctx.record(ack, {}, was=own if ack.version else None, at=at)


@ops.op("notice.remind", may=Permission.REMIND)
def remind(ctx: Context, args: Remind) -> dict[str, int]:
    """Call to the mind of members what they haven't answered: their phones buzz again."""
    reached: set[str] = set()
    for notice in _standing(ctx):
        late = [who for who in args.to if who in notice.to and who not in notice.acked]
        if late:
            notice.reminded = notice.reminded | dict.fromkeys(late, ctx.received)
            ctx.record(notice, {"reminded": late}, was=notice.visible_to)
            reached.update(late)
    if not reached:
        raise RefusalError("nothing_open", N_("They have seen everything by now."), status="conflict")
    return {"members": len(reached)}


class Notices:
    """Tells the people of rows what has changed, but not whoever did it; each row's notice is looked up at once."""

    def __init__(
        self, ctx: Context, cues: Iterable[str], edition: int = 0, *, by_clock: bool = False
    ) -> None:
        self._ctx, self._edition, self._by = ctx, edition, "" if by_clock else ctx.viewer.id
        these = (Notice.event_id == ctx.event_id, col(Notice.id).in_(list(cues)))
        self._known = {notice.id: notice for notice in ctx.session.exec(select(Notice).where(*these))}

    def tell(self, cue: Cue, changes: Changes, also: Iterable[str] = ()) -> None:
        """Tell a row's people, and `also` those who were its before. What is over is no news.

        They are told of it as they see it, whatever waits to be published.
        """
        cue = as_published(cue)
        if not changes or cue.state in CALLED - {"live", "paused"}:
            return
        departments = {*cue.departments, *self._owners(changes)}
        to = {*cue.people, *also, *(each for each, own in self._members.items() if own in departments)}
        if all(self._is_the_teams(change) for change in changes):
            to -= self._outsiders
        self._put(cue.id, changes, to, number=cue.number, title=cue.title, title_en=cue.title_en)

    def shift(self, cue: Cue, shift: Shift) -> None:
        """Tell a row's people that it is to start at another time than they know."""
        self.tell(cue, [{"field": SHIFT, "old": shift.old, "new": shift.new}])
        if known := self._known.get(cue.id):
            known.told = [shift.new, shift.plan, self._ctx.received]

    def tell_all(self, cues: Iterable[Cue]) -> None:
        """Tell everybody who has a row in the sheet that its first version is out."""
        rows = list(cues)
        named = {each for cue in rows for each in cue.people}
        owned = {each for cue in rows for each in cue.departments}
        to = named | {each for each, own in self._members.items() if own in owned}
        self._put(SHEET, [{"field": "edition", "old": 0, "new": self._edition}], to)

    def _put(self, notice_id: str, changes: Changes, to: Iterable[str], **about: str) -> None:
        ctx, known = self._ctx, self._known.get(notice_id)
        open_to = _open_to(known) if known else set()
        told = _merged(known, changes, ctx.received) if known and open_to else changes
        people = sorted((open_to | {each for each in to if each in self._members}) - {self._by})
        if known is None:
            if not people:
                return
            known = self._known[notice_id] = Notice(event_id=ctx.event_id, id=notice_id, cue=notice_id)
            ctx.session.add(known)
            was = None
        else:
            was = known.visible_to
        is_over = not (told and people)
        values: dict[str, Any] = about | {
            "changes": told,
            "to": people,
            "acked": {},
            "reminded": {},
            "edition": self._edition,
            "at": ctx.received,
            "by": self._by,
            "removed_at": ctx.received if is_over else None,
            "audience": TEAM if self._outsiders.isdisjoint(people) else ALL,
        }
        for name, value in values.items():
            setattr(known, name, value)
        if was is not None or not is_over:
            known.sent = ctx.record(known, {"changes": told, "to": people}, was=was, kind="notice.tell")

    def _is_the_teams(self, change: dict[str, Any]) -> bool:
        """Whether a change is of a cell that only the team reads."""
        return change["field"].startswith("columns.") and change["field"].partition(".")[2] in self._teams

    def _owners(self, changes: Changes) -> set[str]:
        """The departments of the columns in which something has changed."""
        named = {each["field"].partition(".")[2] for each in changes}
        return {self._columns[column] for column in named if column in self._columns}

    @cached_property
    def _people(self) -> list[Member]:
        query = select(Member).where(Member.event_id == self._ctx.event_id, col(Member.removed_at).is_(None))
        return [each for each in self._ctx.session.exec(query) if frozenset(each.roles) != SCREEN]

    @cached_property
    def _members(self) -> dict[str, str | None]:
        """Everybody of the event, with their department."""
        return {each.id: each.department for each in self._people}

    @cached_property
    def _outsiders(self) -> set[str]:
        return {each.id for each in self._people if TEAM not in each.viewer().audiences}

    @cached_property
    def _columns(self) -> dict[str, str]:
        query = select(ColumnDef.id, ColumnDef.department).where(ColumnDef.event_id == self._ctx.event_id)
        return {column: owner for column, owner in self._ctx.session.exec(query) if owner}

    @cached_property
    def _teams(self) -> set[str]:
        """The columns that only the team reads."""
        these = ColumnDef.event_id == self._ctx.event_id, ColumnDef.audience == TEAM
        return set(self._ctx.session.exec(select(ColumnDef.id).where(*these)))


def _standing(ctx: Context, ids: Iterable[str] | None = None) -> list[Notice]:
    query = select(Notice).where(Notice.event_id == ctx.event_id, col(Notice.removed_at).is_(None))
    if ids is not None:
        query = query.where(col(Notice.id).in_(list(ids)))
    found = ctx.session.exec(query.order_by(Notice.id))
    return [notice for notice in found if notice.audience in ctx.viewer.audiences]


def _open_to(notice: Notice) -> set[str]:
    """Who has not answered a notice that still counts."""
    return set() if notice.removed_at else set(notice.to) - notice.acked.keys()


def _merged(notice: Notice, changes: Changes, now: int) -> Changes:
    """Two changes as one, from the first old value to the last new one.

    What is as it was is none, unless somebody has answered in between: they know what was for a while.
    """
    is_late = notice.at < now - _EXPECTED_MS
    told = {each["field"]: each for each in notice.changes if not (is_late and each["field"] == SHIFT)}
    for change in changes:
        field = change["field"]
        undone = told.pop(_OPPOSITE.get(field, ""), None)
        if undone and not notice.acked:
            if field == "removed":
                return []
            continue
        first = told.get(field, change)["old"]
        is_back = first == change["new"]
        told[field] = change if is_back and notice.acked else change | {"old": first}
    return [change for change in told.values() if change["old"] != change["new"]]
