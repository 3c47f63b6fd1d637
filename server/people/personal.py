"""What is kept of one person: a copy for them, and its erasure (個人資料保護法 Art. 3: copy, correct, stop, erase).

Nothing of the log is removed, since everything else is a view of it: what is said of the person in it goes.
"""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel, col, update
from sqlmodel import select as pick
from starlette.responses import Response

from server.core import strict_json
from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.ids import digest, new_id, new_secret
from server.core.models import BrowserSession
from server.core.ops import OpSet, RefusalError
from server.people.actions import MemberRef, keep_an_owner, take_out
from server.people.models import Account, Member

ops = OpSet()

# Of a member, and of whatever quotes them in the log: what tells who they are.
PERSONAL = frozenset(
    {"name", "name_en", "title", "title_en", "phone", "channel", "call_sign", "pass_no", "department"}
)
NOBODY, NOBODY_EN = "已刪除的人", "Erased person"
FACES = ("member", "contact", "me")
# What opens something, or was derived from it, concerns nobody but us.
_NEVER = ("hash", "secret")


def copy_of(session: Session, event_id: str, member_id: str) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of a member in an event, by table: every row that names them, also of tables to come."""
    found = {
        table.name: [
            _told(row)
            for row in session.connection()
            .execute(select(table).where(table.c.event_id == event_id))
            .mappings()
            if _names(member_id, dict(row))
        ]
        for table in SQLModel.metadata.sorted_tables
        if "event_id" in table.c
    }
    return {name: rows for name, rows in found.items() if rows}


def copy_of_account(session: Session, account_id: str) -> dict[str, Any]:
    """What is kept of an account itself: it belongs to no event."""
    account = session.get_one(Account, account_id)
    browsers = select(_table(BrowserSession)).where(col(BrowserSession.account_id) == account_id)
    rows = session.connection().execute(browsers).mappings()
    return {
        "account": [_told(account.model_dump(exclude={"password_hash"}))],
        "browsers": [_told(row) for row in rows],
    }


def to_save(kept: dict[str, Any]) -> Response:
    """A copy as a file that a browser saves."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="fieldcue-personal.json"',
    }
    return Response(strict_json.dumps(kept), headers=headers, media_type="application/json")


@ops.op("member.erase", may=Permission.MANAGE_PEOPLE)
def erase_member(ctx: Context, args: MemberRef) -> None:
    """Erase what is kept of a person, also of one who was removed before. What they did stays, as somebody's."""
    member = ctx.find(Member, args.id)
    if member is None or member.viewer().is_machine:
        raise not_found(args.id)
    if member.id == ctx.viewer.id:
        raise RefusalError("self", N_("You can't remove yourself."))
    keep_an_owner(ctx, member, set())
    if not member.removed_at:
        take_out(ctx, member)
    _forget_account(ctx, member)
    _forget_browsers(ctx, member)
    _forget_said(ctx, member)
    for name in PERSONAL:
        setattr(member, name, None if name == "department" else "")
    member.name, member.name_en = NOBODY, NOBODY_EN
    ctx.record(member, {}, was=None)


def _forget_account(ctx: Context, member: Member) -> None:
    """Their account too, unless they are somebody in another event; then only that it was theirs here."""
    account_id, member.account_id = member.account_id, None
    if not account_id:
        return
    others = pick(Member).where(Member.account_id == account_id, Member.event_id != ctx.event_id)
    if ctx.session.exec(others.limit(1)).first():
        return
    account = ctx.session.get_one(Account, account_id)
    account.email, account.name = f"{new_id()}@erased.invalid", NOBODY
    account.password_hash = digest(new_secret())  # no hash of any password
    theirs = update(BrowserSession).where(col(BrowserSession.account_id) == account_id)
    ctx.session.exec(theirs.values(agent="", revoked_at=ctx.received))


def _forget_browsers(ctx: Context, member: Member) -> None:
    here = col(BrowserSession.event_id) == ctx.event_id, col(BrowserSession.member_id) == member.id
    ctx.session.exec(update(BrowserSession).where(*here).values(agent=""))


def _forget_said(ctx: Context, member: Member) -> None:
    """What the log says of them, and what was answered of them to whoever came second with an edit."""
    said = {str(getattr(member, name) or "") for name in PERSONAL}

    def without(detail: dict[str, Any]) -> dict[str, Any]:
        said.update(_personal(detail))
        return cast("dict[str, Any]", _without(detail))

    ctx.log.rewrite(FACES, member.id, without)
    told = said - {""}
    ctx.log.rewrite_conflicts(lambda result: without(result) if told & set(_personal(result)) else result)


def _personal(value: Any) -> Iterator[str]:  # noqa: ANN401 - a JSON value
    """Whatever stands under the name of something personal, in a document."""
    for name, part in value.items() if isinstance(value, dict) else ():
        if name in PERSONAL and isinstance(part, str):
            yield part
        yield from _personal(part)
    for part in value if isinstance(value, list) else ():
        yield from _personal(part)


def _without(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """A document in which nothing personal is left under its name."""
    if isinstance(value, dict):
        return {name: "" if name in PERSONAL else _without(part) for name, part in value.items()}
    return [_without(part) for part in value] if isinstance(value, list) else value


def _names(member_id: str, value: Any) -> bool:  # noqa: ANN401 - as above
    if isinstance(value, dict):
        return any(_names(member_id, part) for part in (*value, *value.values()))
    if isinstance(value, list):
        return any(_names(member_id, part) for part in value)
    return value in {member_id, f"person:{member_id}"} if isinstance(value, str) else False


def _told(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a mapping
    kept = {name: value for name, value in row.items() if not name.endswith(_NEVER)}
    return {name: value for name, value in kept.items() if not isinstance(value, bytes)}


def _table(model: type[SQLModel]) -> Table:
    return cast("Table", model.__table__)  # type: ignore[attr-defined]  # SQLModel's tables have no public type
