"""Who is asking, what they may do, and which lens they see an event through."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from server.core.models import ALL


class Permission(StrEnum):
    """What an op or a page can ask for."""

    VIEW = "view"
    WATCH = "watch"
    MARK = "mark"
    EXPORT = "export"
    CALL_SHOW = "call_show"
    CALL_BY_DESK = "call_by_desk"
    REMIND = "remind"
    EDIT_CELLS = "edit_cells"
    EDIT_SHEET = "edit_sheet"
    CONFIGURE = "configure"
    MANAGE_PEOPLE = "manage_people"


_GUEST = frozenset({Permission.VIEW})
_VENDOR = _GUEST | {Permission.MARK}
# Files, and prints of more than the overview: whoever works here may take along what they see.
_CREW = _VENDOR | {Permission.EXPORT}
# The cells of their own department's columns: the ops look at whose column it is.
_LEAD = _CREW | {Permission.EDIT_CELLS}
_COORDINATOR = _LEAD | {
    Permission.EDIT_SHEET,
    Permission.REMIND,
    Permission.CONFIGURE,
    Permission.MANAGE_PEOPLE,
}

PERMISSIONS: dict[str, frozenset[Permission]] = {
    "owner": _COORDINATOR,
    "coordinator": _COORDINATOR,
    "caller": _CREW | {Permission.CALL_SHOW, Permission.REMIND},
    "lead": _LEAD,
    "crew": _CREW,
    "host": _CREW,
    "gate": _CREW,
    "medic": _CREW,
    "safeguarding": _CREW,
    "vendor": _VENDOR,
    "client": _GUEST,
    "sponsor": _GUEST,
    # A monitor at the edge of a stage: nobody stands behind it, and it sees one track's timer and nothing else.
    "screen": frozenset({Permission.WATCH}),
    # A button at the caller's desk: it calls one track by ops that no client can name, and opens no page.
    "desk": frozenset({Permission.CALL_BY_DESK}),
}
ROLES = tuple(PERMISSIONS)

# Everybody but those who only visit the event.
TEAM = "team"
# Whoever edits the sheet: they read what is not published yet.
EDITORS = "editors"
# Whoever asks people for their answers hears of each; nobody else's phone is told.
REMINDERS = "reminders"
OUTSIDERS = frozenset({"vendor", "client", "sponsor"})
SCREEN = frozenset({"screen"})
DESK = frozenset({"desk"})
MACHINES = SCREEN | DESK
# What the log calls a change of `me` that concerns only what its person is called, and none of their rights.
RENAMED = "me.touch"


@dataclass(frozen=True)
class Lens:
    """What all viewers of one kind see alike: the same lens gets the same bytes."""

    audiences: frozenset[str]
    permissions: frozenset[Permission]
    locale: str

    @cached_property
    def key(self) -> str:
        """Names the lens for a phone: what it keeps of an event was seen through this one and no other."""
        parts = [*sorted(self.audiences), "", *sorted(self.permissions), self.locale]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    def sees(self, audience: str | None) -> bool:
        """Whether a row with this audience shows through the lens."""
        return audience in self.audiences

    @property
    def is_of_the_team(self) -> bool:
        """Whether those behind it hear who edits what."""
        return TEAM in self.audiences and Permission.VIEW in self.permissions


# Thousands of sockets look through a few dozen lenses, so each is made and kept once.
_lens = lru_cache(4096)(Lens)


@lru_cache(4096)
def _permissions(roles: frozenset[str]) -> frozenset[Permission]:
    return frozenset().union(*(PERMISSIONS.get(role, frozenset()) for role in roles))


@lru_cache(4096)
def _shared(roles: frozenset[str], departments: frozenset[str]) -> frozenset[str]:
    """The audiences of all viewers with these roles and departments."""
    if roles == SCREEN:
        return frozenset({"role:screen"})
    named: Iterable[str] = (f"role:{role}" for role in roles)
    theirs: Iterable[str] = (f"dept:{department}" for department in departments)
    permissions = _permissions(roles)
    # Nobody stands behind a screen, also where it is a client's.
    team = {TEAM} if roles - OUTSIDERS - SCREEN else set()
    editors = {EDITORS} if permissions & {Permission.EDIT_CELLS, Permission.EDIT_SHEET} else set()
    reminders = {REMINDERS} if Permission.REMIND in permissions else set()
    return frozenset({ALL, *team, *editors, *reminders, *named, *theirs})


@dataclass(frozen=True)
class Viewer:
    """A member of an event, as ops and pages know them."""

    event_id: str
    id: str
    name: str
    roles: frozenset[str]
    departments: frozenset[str]
    tracks: frozenset[str]
    locale: str = "zh-TW"
    session_id: str = ""

    @property
    def permissions(self) -> frozenset[Permission]:
        return _permissions(self.roles)

    @cached_property
    def lens(self) -> Lens:
        return _lens(_shared(self.roles, self.departments), self.permissions, self.locale)

    @property
    def is_screen(self) -> bool:
        """Whether this is a monitor and no person."""
        return self.roles == SCREEN

    @property
    def is_machine(self) -> bool:
        """Whether this is a monitor or a desk, and no person."""
        return bool(self.roles) and self.roles <= MACHINES

    def looks_at(self, view: str) -> tuple[Lens, str]:
        """The lens through which a viewer sees a view, and the view's full name.

        A screen has no audience of its own. Whatever it asks for, it is shown the rows of the view timer, of its one
        track: they are cut down to what a timer needs.
        """
        if not self.is_screen:
            return self.lens, view
        lens = _lens(frozenset({ALL, TEAM}), self.permissions, self.locale)
        return lens, f"timer:{next(iter(self.tracks), '')}"

    @property
    def own_audience(self) -> str:
        """The audience of what is for this person alone."""
        return f"person:{self.id}"

    @cached_property
    def audiences(self) -> frozenset[str]:
        return self.lens.audiences | {self.own_audience}

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def may_call(self, track: str) -> bool:
        """Whether the viewer may call standby and GO on a track; `*` in their tracks stands for all of them."""
        calls = self.may(Permission.CALL_SHOW) or self.may(Permission.CALL_BY_DESK)
        return calls and bool(self.tracks & {track, "*"})

    def may_equip(self, track: str) -> bool:
        """Whether the viewer may give a track a monitor or a desk: whoever calls it, or sets the event up."""
        return self.may_call(track) or self.may(Permission.CONFIGURE)
