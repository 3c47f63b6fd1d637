"""Ops on webhooks: add one, change it, hold it back, and try again what did not arrive."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from sqlmodel import col, func, select

from server.connections.addresses import MOST as MOST_CHARACTERS
from server.connections.addresses import fault_of
from server.connections.groups import GROUPS
from server.connections.models import Delivery, Webhook
from server.connections.queries import waiting_of
from server.connections.signing import SECRET_PATTERN, is_secret
from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.faults import fault
from server.core.i18n import N_
from server.core.ops import Args, Id, OpSet, RefusalError
from server.people.actions import Locale, Name

ops = OpSet(
    words={
        "id": N_("Id"),
        "locale": N_("Language"),
        "url": N_("Address"),
        "name": N_("What it is called"),
        "groups": N_("What it is told"),
        "secret": N_("Secret"),
        "delivery": N_("Id"),
    }
)

MOST = 10
"""So many webhooks an event has at most."""
OVERLAP_MS = 24 * 3_600_000
"""So long the secret before signs beside a new one."""
# Nobody's: what the log says of a webhook is told to no one.
AUDIENCE = "webhook"


def _url(text: str) -> str:
    found = fault_of(text)
    if found == "insecure":
        raise fault("insecure", N_("must begin with https://"))
    if found:
        raise fault("url", N_("must be a web address without a name or a password in it"))
    return text


def _secret(text: str) -> str:
    if not is_secret(text):
        raise fault("secret", N_("must be whsec_ and 24 to 64 bytes in base64"))
    return text


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


Url = Annotated[str, Field(max_length=MOST_CHARACTERS, pattern=r"^https?://"), AfterValidator(_url)]
Secret = Annotated[str, Field(pattern=SECRET_PATTERN), AfterValidator(_secret)]
Group = Literal[GROUPS]  # type: ignore[valid-type]  # pydantic reads the tuple
Groups = Annotated[list[Group], Field(min_length=1, max_length=len(GROUPS)), AfterValidator(_once)]


class WebhookAdd(Args):
    """`secret` is made in the browser, which shows it once; no answer and no log holds it."""

    id: Id
    name: Name = Field(max_length=60)
    url: Url
    groups: Groups
    secret: Secret
    locale: Locale = "zh-TW"


class WebhookRotate(Args):
    id: Id
    secret: Secret


class WebhookTest(Args):
    """`delivery` is the id of the message, by which its receiver knows it."""

    id: Id
    delivery: Id


class WebhookRef(Args):
    id: Id


@ops.op("webhook.add", may=Permission.CONFIGURE)
def add(ctx: Context, args: WebhookAdd) -> None:
    """Tell an address what changes from now on."""
    _refuse_too_many(ctx)
    values = args.model_dump(exclude={"id"})
    hook = Webhook(
        event_id=ctx.event_id, id=args.id, audience=AUDIENCE, made_by=ctx.viewer.id, made_at=ctx.received,
        cursor=ctx.log.head + 1, **values,
    )  # fmt: skip
    ctx.add(hook, name=args.name, host=urlsplit(args.url).hostname, groups=args.groups)


@ops.op("webhook.rotate", may=Permission.CONFIGURE)
def rotate(ctx: Context, args: WebhookRotate) -> None:
    """Give a webhook a new secret; for a day the one before signs beside it."""
    hook = _visible_webhook(ctx, args.id)
    hook.secret_before, hook.secret = hook.secret, args.secret
    hook.before_until = ctx.received + OVERLAP_MS
    _record(ctx, hook)


@ops.op("webhook.pause", may=Permission.CONFIGURE)
def pause(ctx: Context, args: WebhookRef) -> None:
    """Tell an address nothing more until it goes on."""
    hook = _visible_webhook(ctx, args.id)
    hook.state = "paused"
    _record(ctx, hook)


@ops.op("webhook.resume", may=Permission.CONFIGURE)
def resume(ctx: Context, args: WebhookRef) -> None:
    """Go on where the telling stopped, with what did not arrive at once."""
    hook = _visible_webhook(ctx, args.id)
    hook.state = "on"
    for delivery in _stuck(ctx, hook):
        delivery.state, delivery.next_at, delivery.made_at = "waiting", ctx.received, ctx.received
    _record(ctx, hook)


@ops.op("webhook.skip", may=Permission.CONFIGURE)
def skip(ctx: Context, args: WebhookRef) -> None:
    """Leave out what happened meanwhile, and tell from now on."""
    hook = _visible_webhook(ctx, args.id)
    for delivery in _stuck(ctx, hook):
        delivery.state = "failed"
    hook.state, hook.cursor = "on", ctx.log.head + 1
    _record(ctx, hook)


@ops.op("webhook.test", may=Permission.CONFIGURE)
def send_test(ctx: Context, args: WebhookTest) -> None:
    """Send a message that says nothing, also while the webhook is held back."""
    hook = _visible_webhook(ctx, args.id)
    if ctx.session.get(Delivery, (ctx.event_id, args.delivery)):
        raise RefusalError("exists", N_("The id “%(id)s” is in use already."), id=args.delivery)
    if any(each.kind == "test" for each in waiting_of(ctx.session, ctx.event_id, hook.id)):
        raise RefusalError("waiting", N_("A test is on its way already."))
    ctx.session.add(
        Delivery(
            event_id=ctx.event_id, id=args.delivery, webhook=hook.id, kind="test", made_at=ctx.received,
            next_at=ctx.received,
        )
    )  # fmt: skip
    _record(ctx, hook)


@ops.op("webhook.remove", may=Permission.CONFIGURE)
def remove(ctx: Context, args: WebhookRef) -> None:
    """Tell an address nothing any more."""
    hook = _visible_webhook(ctx, args.id)
    was, hook.removed_at = hook.visible_to, ctx.received
    hook.secret = hook.secret_before = ""
    ctx.record(hook, {}, was=was)


def _visible_webhook(ctx: Context, webhook: str) -> Webhook:
    hook = ctx.find(Webhook, webhook)
    if hook is None or hook.removed_at:
        raise not_found(webhook)
    return hook


def _stuck(ctx: Context, hook: Webhook) -> list[Delivery]:
    """What did not arrive and the telling waits for."""
    these = Delivery.event_id == ctx.event_id, Delivery.webhook == hook.id, Delivery.kind == "changes"
    open_ones = col(Delivery.state) != "done", col(Delivery.last_seq) > hook.cursor
    return list(ctx.session.exec(select(Delivery).where(*these, *open_ones)))


def _record(ctx: Context, hook: Webhook, **detail: object) -> None:
    ctx.record(hook, detail, was=hook.visible_to)


def _refuse_too_many(ctx: Context) -> None:
    here = Webhook.event_id == ctx.event_id, col(Webhook.removed_at).is_(None)
    if ctx.session.exec(select(func.count()).select_from(Webhook).where(*here)).one() >= MOST:
        raise RefusalError("too_many", N_("An event has at most %(most)s webhooks."), most=MOST)
