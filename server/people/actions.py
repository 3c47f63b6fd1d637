"""Ops on people: members, their rights, their links; departments."""

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import update
from sqlmodel import col

from server.core.access import ROLES, Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.models import BrowserSession
from server.core.ops import Args, Id, Line, OpSet, RefusalError
from server.people.models import Contact, Department, JoinLink, Me, Member, detail_of

ops = OpSet()

LINK_DAYS = 14
_DAY_MS = 86_400_000
Roles = Annotated[list[Literal[ROLES]], Field(max_length=len(ROLES))]
Locale = Literal["zh-TW", "en"]
Colour = Annotated[str, Field(pattern=r"^(#[0-9a-f]{6})?$")]


class DepartmentPut(Args):
    id: Id
    name: Line
    name_en: Line = ""
    colour: Colour = ""


class MemberFields(Args):
    name: Line | None = None
    name_en: Line | None = None
    title: Line | None = None
    title_en: Line | None = None
    department: Id | None = None
    roles: Roles | None = None
    tracks: Annotated[list[Id | Literal["*"]], Field(max_length=50)] | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+() #*\-]{0,30}$")] | None = None
    pass_no: Line | None = None
    locale: Locale | None = None


class MemberAdd(MemberFields):
    id: Id
    name: Annotated[Line, Field(min_length=1)]


class MemberEdit(Args):
    id: Id
    set: MemberFields


class MemberRef(Args):
    id: Id


class MemberLink(Args):
    id: Id
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    days: int = Field(default=LINK_DAYS, ge=1, le=60)


class LocaleSet(Args):
    locale: Locale


@ops.op("department.put", may=Permission.CONFIGURE)
def put_department(ctx: Context, args: DepartmentPut) -> None:
    """Add a department, or change it."""
    values = args.model_dump(exclude={"id"})
    department = ctx.find(Department, args.id)
    if department is None:
        ctx.add(Department(event_id=ctx.event_id, id=args.id, **values), **values)
    else:
        ctx.amend(department, values)


@ops.op("member.add", may=Permission.MANAGE_PEOPLE)
def add_member(ctx: Context, args: MemberAdd) -> None:
    """Add a person to the event."""
    values = args.model_dump(exclude_none=True)
    _check_roles(ctx, values.get("roles", []))
    member = Member(event_id=ctx.event_id, **{"roles": ["crew"]} | values)
    ctx.add(member, **detail_of(member))
    _record_faces(ctx, member)


@ops.op("member.edit", may=Permission.MANAGE_PEOPLE)
def edit_member(ctx: Context, args: MemberEdit) -> None:
    """Change what a person is called, does or may."""
    member = ctx.visible(Member, args.id)
    values = args.set.model_dump(exclude_unset=True)
    _check_roles(ctx, values.get("roles", []))
    _keep_an_owner(ctx, member, values.get("roles"))
    ctx.amend(member, values)
    _record_faces(ctx, member)


@ops.op("member.locale", may=Permission.VIEW)
def set_locale(ctx: Context, args: LocaleSet) -> None:
    """Choose the language of one's own screens."""
    member = ctx.visible(Member, ctx.viewer.id)
    member.locale = args.locale
    ctx.record(Me(member), {"locale": args.locale}, was=ctx.viewer.own_audience)


@ops.op("member.remove", may=Permission.MANAGE_PEOPLE)
def remove_member(ctx: Context, args: MemberRef) -> None:
    """Take a person out of the event: their browsers and links end at once."""
    member = ctx.visible(Member, args.id)
    if member.id == ctx.viewer.id:
        raise RefusalError("self", N_("You can't remove yourself."))
    _keep_an_owner(ctx, member, [])
    was = member.visible_to
    member.removed_at = ctx.received
    _end_browsers(ctx, member.id)
    _end_links(ctx, member.id)
    ctx.record(member, {}, was=was)
    for face in (Contact(member), Me(member)):
        ctx.record(face, {}, was=face.audience)


@ops.op("member.link", may=Permission.MANAGE_PEOPLE)
def make_link(ctx: Context, args: MemberLink) -> dict[str, Any]:
    """Make a personal link, which ends the earlier ones.

    The secret is made in the browser and only its SHA-256 comes here, so that no receipt and no log holds it.
    """
    member = ctx.visible(Member, args.id)
    _end_links(ctx, member.id)
    expires = ctx.received + args.days * _DAY_MS
    link = JoinLink(secret_hash=args.hash, event_id=ctx.event_id, member_id=member.id, made_by=ctx.viewer.id,
                    created_at=ctx.received, expires_at=expires)
    ctx.session.add(link)
    return {"expires_at": expires}


@ops.op("member.sign_out", may=Permission.MANAGE_PEOPLE)
def sign_member_out(ctx: Context, args: MemberRef) -> None:
    """End every browser session and link of a member, as when a phone is lost."""
    member = ctx.visible(Member, args.id)
    _end_browsers(ctx, member.id)
    _end_links(ctx, member.id)
    ctx.record(Me(member), {}, was=f"person:{member.id}")


def _record_faces(ctx: Context, member: Member) -> None:
    for face in (Contact(member), Me(member)):
        ctx.record(face, {}, was=face.audience)


def _check_roles(ctx: Context, roles: list[str]) -> None:
    """Only an owner makes owners."""
    if "owner" in roles and "owner" not in ctx.viewer.roles:
        raise RefusalError("owner_only", N_("Only an owner can make somebody an owner."))


def _keep_an_owner(ctx: Context, member: Member, roles: list[str] | None) -> None:
    if roles is None or "owner" not in member.roles:
        return
    if "owner" not in ctx.viewer.roles or (member.id == ctx.viewer.id and "owner" not in roles):
        raise RefusalError("owner_only", N_("Only another owner can take this right away."))


def _end_browsers(ctx: Context, member_id: str) -> None:
    ctx.session.exec(
        update(BrowserSession)
        .where(
            col(BrowserSession.event_id) == ctx.event_id,
            col(BrowserSession.member_id) == member_id,
            col(BrowserSession.revoked_at).is_(None),
        )
        .values(revoked_at=ctx.received)
    )


def _end_links(ctx: Context, member_id: str) -> None:
    ctx.session.exec(
        update(JoinLink)
        .where(
            col(JoinLink.event_id) == ctx.event_id,
            col(JoinLink.member_id) == member_id,
            col(JoinLink.revoked_at).is_(None),
        )
        .values(revoked_at=ctx.received)
    )
