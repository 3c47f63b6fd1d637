"""The page of a sheet's versions: what changed from one to another, for whom, and the way back."""

import re
from collections import Counter
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from server.core.access import Permission
from server.core.i18n import N_
from server.core.ids import is_id, new_id
from server.core.jobs import run_as
from server.core.models import Event
from server.core.ops import Op
from server.core.page import Ask, page
from server.runsheet.names import Names
from server.runsheet.published import Values, published, rows_of
from server.runsheet.queries import all_cues, directory
from server.runsheet.restoring import Restore, Unrestore, restore, unrestore
from server.runsheet.versions import Difference, differences, editions, sheet_of_version

# What may be compared besides versions: the sheet as everybody sees it, and as its editors have it.
LIVE, WAITING = "live", "waiting"
_RESTORE = Op("sheet.restore", Permission.EDIT_SHEET, Restore, restore, is_long=True)
_UNRESTORE = Op("sheet.unrestore", Permission.EDIT_SHEET, Unrestore, unrestore, is_long=True)


def versions(ask: Ask) -> Response:
    """Every version, and what changed between two of them, for everybody or for one."""
    return _show(ask)


def put_back(ask: Ask) -> Response:
    """Put a version, or one row of it, back into the sheet; or take that back."""
    try:
        op, args = _asked(ask)
    except (ValidationError, ValueError):
        return _show(ask, ask.say(N_("There is no such version.")), HTTPStatus.UNPROCESSABLE_ENTITY)
    job = ask.text("op") if is_id(ask.text("op")) else new_id()
    result = run_as(ask.services, ask.member.event_id, ask.member.id, op, args, job)
    if result["status"] not in {"applied", "duplicate"}:
        error = result.get("error") or {"text": N_("The server is busy. Please try again.")}
        why = ask.say(error["text"], **error.get("params", {}))
        return _show(ask, why, HTTPStatus.UNPROCESSABLE_ENTITY)
    undo = (result.get("result") or {}).get("undo") or {"args": {}}
    done = f"?done={undo['args'].get('seq', '')}" if op is _RESTORE else ""
    return RedirectResponse(f"/e/{ask.member.event_id}/versions{done}", HTTPStatus.SEE_OTHER)


def _asked(ask: Ask) -> tuple[Op, Restore | Unrestore]:
    if ask.text("seq"):
        return _UNRESTORE, Unrestore(seq=int(ask.text("seq")))
    row = ask.text("row")
    return _RESTORE, Restore(version=int(ask.text("version")), rows=[row] if row else None)


def _show(ask: Ask, why: str = "", status: int = HTTPStatus.OK) -> Response:
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        names = Names.through(directory(session, event), ask.member.lens)
        found = editions(session, event.id)
        told = _compared(ask, session, event, found)
    done = ask.request.query_params.get("done", "")
    return ask.page(
        "runsheet/versions.html",
        status,
        event=event,
        lens=names,
        editions=found,
        why=why,
        done=done if re.fullmatch(r"\d{1,18}", done, re.ASCII) else "",
        op=new_id(),
        may_restore=ask.member.may(Permission.EDIT_SHEET),
        **told,
    )


def _compared(ask: Ask, session: Session, event: Event, found: list[Any]) -> dict[str, Any]:
    """What is compared: by default the last version with what waits, or with the one before."""
    numbers = [str(each.number) for each in found]
    query = ask.request.query_params
    newer = query.get("to", WAITING)
    older = query.get("from", numbers[0] if numbers else "")
    before, after = (_sheet(session, event.id, which, numbers) for which in (older, newer))
    all_of_them = differences(before, after) if before is not None and after is not None else []
    who = query.get("who", "")
    return {
        "older": older,
        "newer": newer,
        "who": who,
        "differences": [each for each in all_of_them if not who or _touches(each, who)],
        "counted": Counter(f"person:{who}" for each in all_of_them for who in each.people)
        + Counter(f"dept:{which}" for each in all_of_them for which in each.departments),
        "all": len(all_of_them),
    }


def _sheet(session: Session, event_id: str, which: str, numbers: list[str]) -> dict[str, Values] | None:
    if which in numbers:
        return sheet_of_version(session, event_id, int(which))
    if which not in {LIVE, WAITING}:
        return None
    cues = all_cues(session, event_id)
    return rows_of(cues if which == WAITING else published(cues))


def _touches(difference: Difference, who: str) -> bool:
    kind, _, name = who.partition(":")
    return name in (difference.people if kind == "person" else difference.departments)


ROUTES = [
    page("/e/{event}/versions", versions, may=Permission.EDIT_CELLS),
    page("/e/{event}/versions", put_back, may=Permission.EDIT_SHEET, methods=("POST",)),
]
