"""Ops on people: members, their rights, their links; departments."""

from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement, update
from sqlmodel import col, select

from server.core.access import RENAMED, ROLES, Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import BrowserSession, Entity
from server.core.ops import Args, Id, Line, Named, OpSet, RefusalError
from server.people.models import Contact, Department, Facet, JoinLink, Me, Member, detail_of
from server.people.tokens import end_tokens

ops = OpSet()

LINK_DAYS = 14
_DAY_MS = 86_400_000


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


Name = Annotated[Line, Field(min_length=1)]
Role = Literal[ROLES]  # type: ignore[valid-type]  # pydantic reads the tuple
Roles = Annotated[list[Role], Field(min_length=1, max_length=len(ROLES)), AfterValidator(_once)]
Tracks = Annotated[list[Id | Literal["*"]], Field(max_length=50)]
Phone = Annotated[str, Field(pattern=r"^[0-9+() #*\-]{0,30}$")]
Locale = Literal["zh-TW", "en"]
Channel = Annotated[Line, Field(max_length=20)]
CallSign = Annotated[Line, Field(max_length=40)]
LinkHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Colour = Annotated[str, Field(pattern=r"^(#[0-9a-f]{6})?$")]

# What a member's own phone and the team's list of contacts show of them: only these changes concern them.
_NAMES = frozenset({"name", "name_en"})
_RIGHTS = frozenset({"department", "roles", "tracks", "locale"})
_REACH = _NAMES | {"phone", "channel", "call_sign", "department", "roles", "tracks", "pass_no"}


class DepartmentPut(Args):
    id: Id
    name: Name
    name_en: Line = ""
    colour: Colour = ""
    channel: Channel = ""


class MemberFields(Args):
    """What can be said of a person. Only what is named is set; only a department can be nothing."""

    name: Name = ""
    name_en: Line = ""
    title: Line = ""
    title_en: Line = ""
    department: Id | None = None
    roles: Roles = Field(default=["crew"])
    tracks: Tracks = Field(default=[])
    phone: Phone = ""
    channel: Channel = ""
    call_sign: CallSign = ""
    pass_no: Line = ""
    locale: Locale = "zh-TW"


class MemberAdd(MemberFields):
    id: Id
    name: Name


class MemberEdit(Args):
    id: Id
    set: Named[MemberFields]


class MemberRef(Args):
    id: Id


class MemberLink(Args):
    id: Id
    hash: LinkHash
    days: int = Field(default=LINK_DAYS, ge=1, le=60)


class MemberSignOut(Args):
    id: Id
    session: Id | None = None


class LocaleSet(Args):
    locale: Locale


@ops.op("department.put", may=Permission.CONFIGURE)
def put_department(ctx: Context, args: DepartmentPut) -> None:
    """Add a department, or change it: its people's rows quote its name and its channel, so they change too.

    One that was removed comes back. What an older page doesn't know of, the channel, stays as it is.
    """
    unknown = {"channel"} - args.model_fields_set
    values: dict[str, Any] = args.model_dump(exclude={"id", *unknown})
    department = ctx.find(Department, args.id)
    if department is None:
        ctx.add(Department(event_id=ctx.event_id, id=args.id, **values), **values)
        return
    before = ctx.amend(department, values | {"removed_at": None})
    _take_people_along(ctx, department, {name for name in values if before[name] != values[name]})


def _take_people_along(ctx: Context, department: Department, changed: set[str]) -> None:
    """Record the people of a department who show what has changed of it."""
    if not changed & {"name", "name_en", "channel"}:
        return
    people = select(Member).where(Member.event_id == ctx.event_id, Member.department == department.id)
    for member in ctx.session.exec(people.where(col(Member.removed_at).is_(None)).order_by(Member.id)):
        if changed & _NAMES:
            ctx.record(member, {}, was=member.visible_to, kind="member.touch")
        if "channel" in changed and not member.channel:
            _record(ctx, Contact(member), Contact(member).audience, "contact.touch")


@ops.op("member.add", may=Permission.MANAGE_PEOPLE)
def add_member(ctx: Context, args: MemberAdd) -> None:
    """Add a person to the event: crew, unless roles are named."""
    _check(ctx, args, granted=set(args.roles))
    member = Member(event_id=ctx.event_id, **args.model_dump())
    ctx.add(member, **detail_of(member))
    if "locale" in args.model_fields_set:
        member.versions = {"locale": member.version}
    record_faces(ctx, member)


@ops.op("member.edit", may=Permission.MANAGE_PEOPLE)
def edit_member(ctx: Context, args: MemberEdit) -> None:
    """Change what a person is called, does or may."""
    member = ctx.visible(Member, args.id)
    values = args.set.model_dump(exclude_unset=True)
    roles = set(values.get("roles", member.roles))
    _check(ctx, args.set, granted=roles - set(member.roles))
    keep_an_owner(ctx, member, roles)
    before = ctx.amend(member, values)
    if "locale" in values:  # chosen, even if it was so before: a phone's own language no longer counts
        member.versions = member.versions | {"locale": member.version}
    record_faces(ctx, member, {name for name in values if values[name] != before[name]})


@ops.op("member.locale", may=Permission.VIEW)
def set_locale(ctx: Context, args: LocaleSet) -> None:
    """Choose the language of one's own screens."""
    member = ctx.visible(Member, ctx.viewer.id)
    member.locale = args.locale
    _record(ctx, Me(member), ctx.viewer.own_audience, locale=args.locale)
    member.versions = member.versions | {"locale": member.version}


@ops.op("member.remove", may=Permission.MANAGE_PEOPLE)
def remove_member(ctx: Context, args: MemberRef) -> None:
    """Take a person out of the event: their browsers and links end at once."""
    member = ctx.visible(Member, args.id)
    if member.id == ctx.viewer.id:
        raise RefusalError("self", N_("You can't remove yourself."))
    keep_an_owner(ctx, member, set())
    take_out(ctx, member)


def take_out(ctx: Context, member: Member) -> None:
    """Remove a member, and end all by which they came in."""
    was = member.visible_to
    member.removed_at = ctx.received
    _end_browsers(ctx, member.id)
    _end_links(ctx, member.id)
    end_tokens(ctx.session, ctx.event_id, member.id, ctx.received)
    ctx.record(member, {}, was=was)
    for face in (Contact(member), Me(member)):
        _record(ctx, face, face.audience)


@ops.op("member.link", may=Permission.MANAGE_PEOPLE)
def make_link(ctx: Context, args: MemberLink) -> dict[str, Any]:
    """Make a personal link, which ends the earlier ones.

    The secret is made in the browser and only its SHA-256 comes here, so that no receipt and no log holds it.
    """
    member = _theirs(ctx, args.id)
    _end_links(ctx, member.id)
    expires = add_link(ctx, member, args.hash, args.days)
    ctx.record(member, {"expires": expires}, was=member.visible_to)
    return {"expires_at": expires}


def add_link(ctx: Context, member: Member, secret_hash: str, days: int) -> int:
    """Let whoever has the secret in as a member, once, within some days; until when."""
    if ctx.session.get(JoinLink, secret_hash):
        raise RefusalError("exists", N_("This link was made before."))
    expires = ctx.received + days * _DAY_MS
    link = JoinLink(
        secret_hash=secret_hash, event_id=ctx.event_id, member_id=member.id, made_by=ctx.viewer.id,
        created_at=ctx.received, expires_at=expires,
    )  # fmt: skip
    ctx.session.add(link)
    return expires


@ops.op("member.unlink", may=Permission.MANAGE_PEOPLE)
def end_link(ctx: Context, args: MemberRef) -> None:
    """Take a personal link back before it is used."""
    member = _theirs(ctx, args.id)
    _end_links(ctx, member.id)
    ctx.record(member, {}, was=member.visible_to)


@ops.op("member.sign_out", may=Permission.MANAGE_PEOPLE)
def sign_member_out(ctx: Context, args: MemberSignOut) -> None:
    """End one browser of a member that came by link; or, as when a phone is lost, all that proves who they are.

    That is their browsers, those of their account too, whatever event they are looking at, their machines'
    tokens and their links. What they may do stays: they sign in again.
    """
    member = _theirs(ctx, args.id)
    ended = _end_browsers(ctx, member.id, args.session)
    if args.session and not ended:
        raise not_found(args.session)
    if not args.session:
        _end_account(ctx, member)
        _end_links(ctx, member.id)
        end_tokens(ctx.session, ctx.event_id, member.id, ctx.received)
    _record(ctx, Me(member), Me(member).audience)


def _theirs(ctx: Context, member_id: str) -> Member:
    """A member whose links and browsers the viewer may handle: whoever holds an owner's link is an owner."""
    member = ctx.visible(Member, member_id)
    if member.is_owner and "owner" not in ctx.viewer.roles:
        raise RefusalError("owner_only", N_("Only an owner can do this for an owner."))
    return member


def record_faces(ctx: Context, member: Member, changed: set[str] | frozenset[str] = _RIGHTS | _REACH) -> None:
    """Record the other faces of a member that show something which changed.

    A change of `me` cuts the member's sockets, so that they come back with their new rights; a name alone doesn't.
    """
    if _REACH & changed:
        _record(ctx, Contact(member), Contact(member).audience)
    if (_RIGHTS | _NAMES) & changed:
        _record(ctx, Me(member), Me(member).audience, "" if _RIGHTS & changed else RENAMED)


def _record(ctx: Context, face: Facet, was: str, kind: str = "", **detail: Any) -> None:  # noqa: ANN401 - a JSON document
    ctx.record(cast("Entity", face), detail, was=was, kind=kind)  # a face has what the log reads of an entity


def _check(ctx: Context, fields: MemberFields, granted: set[str]) -> None:
    """A department must be one of the event's; only an owner makes owners."""
    if fields.department:
        department = ctx.find(Department, fields.department)
        if department is None or department.removed_at:
            raise not_found(fields.department)
    if "owner" in granted and "owner" not in ctx.viewer.roles:
        raise RefusalError("owner_only", N_("Only an owner can make somebody an owner."))


def keep_an_owner(ctx: Context, member: Member, roles: set[str]) -> None:
    """Only another owner takes an owner's right away, so that one is always left."""
    is_taken = member.is_owner and "owner" not in roles
    if is_taken and ("owner" not in ctx.viewer.roles or member.id == ctx.viewer.id):
        raise RefusalError("owner_only", N_("Only another owner can take this right away."))


def _end_browsers(ctx: Context, member_id: str, session_id: str | None = None) -> int:
    """End browsers that came by link; how many there were."""
    which = [col(BrowserSession.event_id) == ctx.event_id, col(BrowserSession.member_id) == member_id]
    if session_id:
        which.append(col(BrowserSession.id) == session_id)
    return _revoke(ctx, BrowserSession, which)


def _end_account(ctx: Context, member: Member) -> None:
    """End the browsers that are signed in by e-mail, if the member has an account."""
    if member.account_id:
        _revoke(ctx, BrowserSession, [col(BrowserSession.account_id) == member.account_id])


def _end_links(ctx: Context, member_id: str) -> None:
    _revoke(ctx, JoinLink, [col(JoinLink.event_id) == ctx.event_id, col(JoinLink.member_id) == member_id])


def _revoke(
    ctx: Context, model: type[BrowserSession] | type[JoinLink], which: list[ColumnElement[bool]]
) -> int:
    """Revoke what stands; what was revoked before keeps its time."""
    open_ones = update(model).where(*which, col(model.revoked_at).is_(None))
    return ctx.session.exec(open_ones.values(revoked_at=ctx.received)).rowcount
