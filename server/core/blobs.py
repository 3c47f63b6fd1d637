"""Photos and files: what is known of each, and the ops that carry it from a name in an op to something to look at.

An op of a feature names the SHA-256 of a file that is still on a phone (`expect`). Then the phone sends the bytes
(`uploads.py`), a job cleans them aside, and what comes of it is settled by an op of our own. Whatever hangs on the file
reacts to it in the same transaction. A file belongs to one member of one event: who else has the same one sends it
as well, so that nobody learns from us that a file is known.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, col, func, select

from server.core.access import Lens, Permission, Viewer
from server.core.context import Context
from server.core.i18n import N_
from server.core.ids import new_id
from server.core.jobs import OVER, Job, ask_for
from server.core.media import MEDIA, most_bytes
from server.core.models import Entity, Event, json_column
from server.core.ops import Args, Op, RefusalError

MEMBER_BYTES, EVENT_BYTES = 1024**3, 20 * 1024**3
"""Of all that one member has sent, and that an event holds."""
CLEAN = "blob.clean"
HASH_PATTERN = r"^[0-9a-f]{64}$"


class Blob(Entity, table=True):
    """A file of one member, by the SHA-256 of what they sent. Its audience is that member.

    `media` and `size` are what the op said, `parts` and `received` what has come of it. Once it is ready, `stored` and
    `thumb` are hashes of what is kept, of the kind `stored_media`. `state` is awaited, cleaning, ready or refused, and
    `reason` then a code of `blob_words.py`. `moved_at` is when it last went on, in epoch milliseconds.
    """

    entity_kind: ClassVar[str] = "blob"
    member: str
    hash: str
    media: str
    size: int = Field(sa_type=BigInteger)
    state: str = Field(default="awaited", index=True)
    parts: list[str] = Field(default_factory=list, sa_column=json_column())
    received: int = Field(default=0, sa_type=BigInteger)
    stored: str = ""
    thumb: str = ""
    stored_media: str = ""
    width: int | None = None
    height: int | None = None
    reason: str = ""
    created_at: int = Field(sa_type=BigInteger)
    moved_at: int = Field(sa_type=BigInteger, index=True)


def blob_id(member: str, content_hash: str) -> str:
    return f"{member}:{content_hash}"


def own_blob(session: Session, viewer: Viewer, content_hash: str) -> Blob | None:
    """A file that the viewer has named, whatever has become of it."""
    return session.get(Blob, (viewer.event_id, blob_id(viewer.id, content_hash)))


def visible_blob(session: Session, viewer: Viewer, content_hash: str, holders: Iterable[str]) -> Blob | None:
    """A file that is ready, of the viewer's own or of one of the members by whose files they may see it."""
    for member in dict.fromkeys([viewer.id, *holders]):
        blob = session.get(Blob, (viewer.event_id, blob_id(member, content_hash)))
        if blob and blob.state == "ready":
            return blob
    return None


# --- within the ops of features


def expect(ctx: Context, content_hash: str, media: str, size: int) -> Blob:
    """The viewer's file of that hash, which they are about to send unless they have; a refusal if it may not come.

    One that was refused may come again, since what refused it may have been a fault on the way.
    """
    refuse_unfit(media, size)
    blob = ctx.find(Blob, blob_id(ctx.viewer.id, content_hash))
    if blob and blob.state in {"ready", "cleaning"}:
        return blob
    _refuse_beyond(ctx, size - (blob.size if blob else 0))
    if blob is None:
        blob = Blob(
            event_id=ctx.event_id,
            id=blob_id(ctx.viewer.id, content_hash),
            audience=ctx.viewer.own_audience,
            member=ctx.viewer.id,
            hash=content_hash,
            media=media,
            size=size,
            created_at=ctx.received,
            moved_at=ctx.received,
        )
        ctx.add(blob, state="awaited")
    elif (blob.state, blob.media, blob.size) != ("awaited", media, size):
        _put(ctx, blob, state="awaited", reason="", media=media, size=size, parts=[], received=0)
    return blob


def refuse_unfit(media: str, size: int) -> None:
    """Refuse what could never be taken, before a byte of it is sent."""
    if media not in MEDIA:
        text = N_(
            "Photos may be JPEG, PNG or WebP; files PDF, Excel (.xlsx), Word (.docx), CSV or plain text."
        )
        raise RefusalError("bad_media", text)
    if size == 0:
        raise RefusalError("empty", N_("There is nothing in this file."))
    if size > most_bytes(media):
        text = N_("The file is larger than %(limit)s MB.")
        raise RefusalError("too_large", text, limit=most_bytes(media) // 1024**2)


def _refuse_beyond(ctx: Context, more: int) -> None:
    held = select(func.coalesce(func.sum(Blob.size), 0)).where(
        Blob.event_id == ctx.event_id, Blob.state != "refused"
    )
    if ctx.session.exec(held.where(Blob.member == ctx.viewer.id)).one() + more > MEMBER_BYTES:
        text = N_("You have sent as many files as one person may: %(limit)s MB.")
        raise RefusalError("member_full", text, limit=MEMBER_BYTES // 1024**2)
    if ctx.session.exec(held).one() + more > EVENT_BYTES:
        text = N_("This event holds as many files as it may: %(limit)s MB.")
        raise RefusalError("event_full", text, limit=EVENT_BYTES // 1024**2)


# --- ops of our own, which no client can send


class Arrived(Args):
    """Every byte of a file is here, in these parts, and they are what its hash says."""

    hash: str
    parts: list[str]


class Settled(Args):
    """What became of a file: `stored` and so on if it is ready, else a `reason`."""

    hash: str
    reason: str = ""
    stored: str = ""
    thumb: str = ""
    media: str = ""
    width: int | None = None
    height: int | None = None


def _arrive(ctx: Context, args: Arrived) -> None:
    blob = ctx.visible(Blob, blob_id(ctx.viewer.id, args.hash))
    if blob.state != "awaited" or blob.parts != args.parts:
        return
    _clear_away(ctx)
    ask_for(ctx, new_id(), CLEAN, {"hash": args.hash})
    _put(ctx, blob, state="cleaning")


def _settle(ctx: Context, args: Settled) -> None:
    blob = ctx.visible(Blob, blob_id(ctx.viewer.id, args.hash))
    if blob.state != "cleaning":
        return
    values = args.model_dump(exclude={"hash", "media"}) | {"stored_media": args.media}
    _put(ctx, blob, state="refused" if args.reason else "ready", **values)


ARRIVE = Op("blob.arrive", Permission.VIEW, Arrived, _arrive)
SETTLE = Op("blob.settle", Permission.VIEW, Settled, _settle)


def follow_job(ctx: Context, job: Entity, _kind: str) -> None:
    """A cleaning that came to nothing, by a fault of ours, leaves a file that can be sent again."""
    if not isinstance(job, Job) or (job.kind, job.state) != (CLEAN, "failed"):
        return
    blob = ctx.find(Blob, blob_id(job.member, job.payload["hash"]))
    if blob and blob.state == "cleaning":
        _put(ctx, blob, state="refused", reason="failed")


def follow_member(ctx: Context, member: Entity, _kind: str) -> None:
    """What somebody who is taken out of the event has not sent to its end won't come any more."""
    if member.visible_to is not None:
        return
    coming = select(Blob).where(
        Blob.event_id == ctx.event_id,
        Blob.member == member.id,
        col(Blob.state).in_(("awaited", "cleaning")),
    )
    for blob in ctx.session.exec(coming.order_by(Blob.id)):
        _put(ctx, blob, state="refused", reason="left")


def _clear_away(ctx: Context) -> None:
    """Jobs that are over are of no more use to anybody, and one's own are told again whenever one comes back."""
    over = select(Job).where(
        Job.event_id == ctx.event_id,
        Job.member == ctx.viewer.id,
        Job.kind == CLEAN,
        col(Job.state).in_(OVER),
        col(Job.removed_at).is_(None),
    )
    for job in ctx.session.exec(over):
        was, job.removed_at = job.visible_to, ctx.received
        ctx.record(job, {}, was=was, kind="job.clear")


def _put(ctx: Context, blob: Blob, **values: Any) -> None:  # noqa: ANN401 - columns of Blob
    for name, value in values.items():
        setattr(blob, name, value)
    blob.moved_at = ctx.received
    ctx.record(blob, {"state": blob.state}, was=blob.visible_to)


class BlobKind:
    """Files as the feed shows them: to their owner, as JSON. What people look at is what hangs on them."""

    name = Blob.entity_kind

    def load(self, session: Session, event_id: str, ids: Iterable[str]) -> dict[str, Entity]:
        blobs = session.exec(select(Blob).where(Blob.event_id == event_id, col(Blob.id).in_(list(ids))))
        return {blob.id: blob for blob in blobs}

    def all(self, session: Session, event_id: str) -> list[Entity]:
        return [*session.exec(select(Blob).where(Blob.event_id == event_id))]

    def personal(self, session: Session, event_id: str, member: str) -> list[Entity]:
        return [*session.exec(select(Blob).where(Blob.event_id == event_id, Blob.member == member))]

    def body(self, entity: Entity, _event: Event, _lens: Lens, _names: object) -> dict[str, Any]:
        return {name: getattr(entity, name) for name in ("hash", "media", "size", "state", "reason")}

    def detail(
        self, detail: dict[str, Any], _event: Event, _audiences: object, _names: object
    ) -> dict[str, Any]:
        return {name: value for name, value in detail.items() if name == "state"}

    def shows(self, _view: str) -> bool:
        return False

    def shape(self, _names: object, _lens: Lens, _view: str) -> str:
        return ""

    def html(self, _entity: Entity, _names: object, _lens: Lens, _view: str) -> str:
        return ""
