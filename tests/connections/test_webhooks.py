"""Webhooks are told what the team may read, signed and in order, once and again until it arrives; on both databases."""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from sqlmodel import select

from server.connections.addresses import Reach
from server.connections.courier import GIVE_UP_MS, LEASE_MS, Courier, wait_seconds
from server.connections.models import Delivery, Webhook
from server.core.ids import digest, new_id, new_secret
from server.core.models import Receipt
from server.core.ops import prepare
from tests.people.stage import Json, Stage, opened, with_cast
from tests.support.databases import SqliteDatabases
from tests.support.receiver import DROP, OTHER, SECRET, Receiver, is_signed
from tests.support.server import Server

LOOPBACK = Reach.of("127.0.0.0/8")
ALL = ["go", "standby", "halt", "time", "sheet", "said"]


@pytest.fixture
def stage(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    with opened(cast_url, tmp_path) as stage:
        yield stage


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def other() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


class Post:
    """The courier of a stage, which goes when a test says so."""

    def __init__(self, stage: Stage, reach: Reach = LOOPBACK) -> None:
        self.stage, self.courier = stage, Courier(stage.services, reach)

    def go(self, after: float = 0) -> int:
        """Send what is due after some seconds; to how many."""
        self.stage.clock.advance(after)
        return asyncio.run(self.courier.step())

    def until_quiet(self) -> None:
        while self.go():
            pass

    def hook(self, hook: str = "hook") -> Webhook:
        with self.stage.services.db.read() as session:
            return session.get_one(Webhook, ("fair", hook))

    def deliveries(self, hook: str = "hook") -> list[Delivery]:
        with self.stage.services.db.read() as session:
            found = session.exec(select(Delivery).where(Delivery.webhook == hook).order_by(Delivery.id))
            return list(found)

    def last(self, hook: str = "hook") -> Delivery:
        return self.deliveries(hook)[-1]


@pytest.fixture
def post(stage: Stage) -> Post:
    return Post(stage)


def add(stage: Stage, receiver: Receiver, hook: str = "hook", **more: object) -> None:
    values: Json = {"id": hook, "name": "看板", "url": receiver.url, "groups": ALL, "secret": SECRET}
    stage.must_all("bo", [("webhook.add", values | more)])


def cue(stage: Stage, cue_id: str = "a", title_en: str = "") -> None:
    stage.must("amy", "cue.add", id=cue_id, track="main", number="121", title="山嵐列車", title_en=title_en)


# --- what is told, and to whom


def test_changes_arrive_as_the_api_tells_them_signed_and_with_a_sentence(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    cue(stage)
    add(stage, receiver)
    stage.must("cai", "cue.standby", id="a")
    stage.must("cai", "cue.go", id="a", current=None)
    assert post.go() == 1
    [(headers, body)], [said] = receiver.messages, receiver.bodies
    assert is_signed(headers, body)
    assert not is_signed(headers, body, OTHER)
    assert (said["type"], said["data"]["event"]) == ("fieldcue.changes", "fair")
    api = stage.browser().get("/api/events/fair/changes", headers=stage.token("dan")).json()["changes"]
    told = [{name: each[name] for name in each if name != "text"} for each in said["data"]["changes"]]
    assert told == [each for each in api if each["kind"] in {"cue.standby", "cue.go", "baseline.take"}]
    assert "蔡蔡 · 待命 · 121 山嵐列車" in [each["text"] for each in said["data"]["changes"]]
    assert "蔡蔡 · GO · 121 山嵐列車" in [each["text"] for each in said["data"]["changes"]]
    assert post.go() == 0, "what arrived is not sent again"


def test_neither_private_notes_nor_phone_numbers_nor_what_is_for_one_person_goes_out(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    cue(stage)
    add(stage, receiver)
    stage.must("dan", "note.put", cue="a", department="stage", text="主唱不舒服")
    stage.must("bo", "member.edit", id="dan", set={"phone": "0912345678"})
    stage.must("bo", "member.locale", locale="en")
    stage.must("bo", "webhook.pause", id="hook")
    stage.must("bo", "webhook.resume", id="hook")
    post.until_quiet()
    assert receiver.messages == []
    stage.must("dan", "note.put", cue="a", department="stage", text="主唱好了")
    stage.must("amy", "cue.edit", id="a", set={"title": "換場"})
    post.until_quiet()
    text = b"".join(body for _, body in receiver.messages).decode()
    assert "換場" in text
    assert [secret for secret in ("主唱", "0912345678", "whsec", receiver.url) if secret in text] == []


def test_only_what_was_chosen_is_told_in_the_language_that_was(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    cue(stage, title_en="Mistline")
    add(stage, receiver, groups=["go"], locale="en")
    stage.must("amy", "cue.edit", id="a", set={"note": "x"})
    stage.must("cai", "track.hold", tracks=["main"])
    stage.must("cai", "track.release", tracks=["main"])
    stage.must("cai", "cue.go", id="a", current=None)
    stage.must("cai", "cue.finish", id="a")
    post.until_quiet()
    assert [each["text"] for each in receiver.changes] == [
        "蔡蔡 · GO · 121 Mistline",
        "蔡蔡 · Finished · 121 Mistline",
    ]


def test_no_log_and_no_receipt_holds_the_secret_and_nobody_reads_of_the_address(
    stage: Stage, receiver: Receiver
) -> None:
    add(stage, receiver)
    stage.must("bo", "webhook.rotate", id="hook", secret=OTHER)
    with stage.services.db.read() as session:
        kept = str([receipt.result for receipt in session.exec(select(Receipt))])
    api = stage.browser().get("/api/events/fair/changes", headers=stage.token("amy")).text
    assert [text for text in (SECRET, OTHER) if text in kept + api] == []
    assert receiver.url not in api
    page = stage.browser("bo").get("/e/fair/connections").text
    assert receiver.url in page
    assert SECRET not in page
    assert receiver.url not in stage.browser("cai").get("/e/fair/connections").text


def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    add(stage, receiver)
    stage.must("bo", "webhook.rotate", id="hook", secret=OTHER)
    cue(stage)
    post.go()
    cue(stage, "b")
    post.go(after=25 * 3600)
    assert [[is_signed(*each, secret) for secret in (SECRET, OTHER)] for each in receiver.messages] == [
        [True, True],
        [False, True],
    ]


# --- when it doesn't arrive


def test_what_failed_is_sent_again_under_the_same_id_and_the_rest_waits_its_turn(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    add(stage, receiver)
    receiver.answers = [500, DROP, 302]
    cue(stage)
    post.go()
    cue(stage, "b")
    post.go(after=1)
    assert len(receiver.ids) == 1, "it waits before it tries again"
    for wait in (6, 18, 54):
        post.go(after=wait)
    assert len(set(receiver.ids[:4])) == 1
    assert len(receiver.ids) == 5, "a redirect is not followed"
    assert [each["entity"] for each in receiver.changes] == ["a", "b"]
    first, second = post.deliveries()
    assert (first.tries, first.status, first.state, second.tries) == (4, 204, "done", 1)


def test_a_receiver_that_asks_for_time_gets_it(stage: Stage, post: Post, receiver: Receiver) -> None:
    add(stage, receiver)
    receiver.answers, receiver.headers = [503], {"Retry-After": "100"}
    cue(stage)
    post.go()
    post.go(after=99)
    assert len(receiver.ids) == 1
    post.go(after=2)
    assert len(receiver.ids) == 2


def test_after_a_day_it_is_given_up_shown_and_goes_on_when_somebody_says_so(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    add(stage, receiver)
    receiver.answers = [500] * 50
    cue(stage)
    post.go()
    for _ in range(20):
        post.go(after=GIVE_UP_MS / 1000 / 10)
    assert (post.hook().state, post.last().state, post.last().status) == ("failed", "failed", 500)
    assert "試了一天" in stage.browser("bo").get("/e/fair/connections").text
    tried, receiver.answers = len(receiver.ids), []
    cue(stage, "b")
    assert post.go(after=3600) == 0
    stage.must("bo", "webhook.resume", id="hook")
    post.until_quiet()
    assert receiver.ids[tried] == receiver.ids[0]
    assert [each["entity"] for each in receiver.changes] == ["a", "b"]
    assert post.hook().state == "on"


def test_what_was_missed_can_be_left_out(stage: Stage, post: Post, receiver: Receiver) -> None:
    add(stage, receiver)
    receiver.answers = [500]
    cue(stage)
    post.go()
    stage.must("bo", "webhook.skip", id="hook")
    cue(stage, "b")
    post.until_quiet()
    assert [each["entity"] for each in receiver.bodies[-1]["data"]["changes"]] == ["b"]
    assert len(receiver.ids) == 2


def test_who_says_gone_is_told_nothing_more(stage: Stage, post: Post, receiver: Receiver) -> None:
    add(stage, receiver)
    receiver.answers = [410]
    cue(stage)
    post.go()
    cue(stage, "b")
    assert post.go(after=7200) == 0
    assert post.hook().state == "gone"


def test_a_receiver_that_hangs_keeps_nobody_else(
    stage: Stage, post: Post, receiver: Receiver, other: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.connections.sending.SECONDS", 0.5)
    add(stage, receiver)
    add(stage, other, "other")
    receiver.answers = [0]
    cue(stage)
    assert post.go() == 2
    assert (post.last().error, post.last("other").state) == ("timeout", "done")
    assert len(other.ids) == 1


def test_what_was_held_back_comes_when_it_goes_on_and_what_was_removed_never(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    add(stage, receiver)
    stage.must("bo", "webhook.pause", id="hook")
    cue(stage)
    assert post.go() == 0
    stage.must("bo", "webhook.resume", id="hook")
    post.until_quiet()
    assert [each["entity"] for each in receiver.changes] == ["a"]
    stage.must("bo", "webhook.remove", id="hook")
    cue(stage, "b")
    post.until_quiet()
    assert len(receiver.ids) == 1
    assert post.hook().secret == ""


def test_a_test_says_nothing_comes_at_once_and_is_tried_once(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    add(stage, receiver)
    stage.must("bo", "webhook.pause", id="hook")
    stage.must("bo", "webhook.test", id="hook", delivery="probe-1")
    assert stage.do("bo", "webhook.test", id="hook", delivery="probe-2")["error"]["code"] == "waiting"
    post.go()
    assert (receiver.ids, receiver.bodies[0]["type"]) == (["probe-1"], "fieldcue.test")
    receiver.answers = [500]
    stage.must("bo", "webhook.test", id="hook", delivery="probe-2")
    post.go()
    post.go(after=3600)
    assert receiver.ids == ["probe-1", "probe-2"]
    assert post.last().state == "failed"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_page_says_of_a_webhook_what_became_of_the_last_message(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    browser = stage.browser("bo")

    def shown() -> str:
        page = browser.get("/e/fair/connections")
        return str(re.search(r'class="hook-state" data-is="(\w+)"', page.text)[1])  # type: ignore[index]

    add(stage, receiver)
    found = [shown()]
    for answer in (500, 200):
        receiver.answers = [answer]
        stage.must("bo", "webhook.test", id="hook", delivery=f"probe-{answer}")
        post.go(after=1)
        found.append(shown())
    assert found == ["unsent", "missed", "on"]


# --- crashes, and more than one courier


def test_what_was_taken_by_a_courier_that_died_goes_out_again_under_the_same_id(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    add(stage, receiver)
    cue(stage)
    taken = post.courier._take(("fair", "hook"))  # noqa: SLF001 - a courier dies between here and the sending
    assert taken
    heir = Post(stage)
    assert heir.go() == 0, "its lease stands"
    assert heir.go(after=LEASE_MS / 1000 + 1) == 1
    assert receiver.ids == [taken[1].id]


def test_two_couriers_never_send_at_once_nor_anything_twice(stage: Stage, receiver: Receiver) -> None:
    add(stage, receiver)
    receiver.slow_s = 0.02
    posts, over = [Post(stage), Post(stage)], threading.Event()

    def work(post: Post) -> None:
        while not over.is_set() or post.go():
            post.go()

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(work, post) for post in posts]
        for number in range(12):
            cue(stage, f"c{number}")
        over.set()
        for each in done:
            each.result(60)
    assert [each["entity"] for each in receiver.changes] == [f"c{number}" for number in range(12)]
    assert len(set(receiver.ids)) == len(receiver.ids)
    assert receiver.most_at_once == 1


def test_many_changes_come_in_few_messages_in_order_and_little_is_kept(
    stage: Stage, post: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.connections.courier.KEPT", 4)
    add(stage, receiver)
    ops = [("cue.add", {"id": f"c{n}", "track": "main", "title": f"{n}"}) for n in range(120)]
    for first in range(0, 120, 40):
        stage.must_all("amy", ops[first : first + 40])
    post.until_quiet()
    assert [each["entity"] for each in receiver.changes] == [f"c{n}" for n in range(120)]
    assert len(receiver.ids) == 2
    for number in range(4):
        cue(stage, f"d{number}")
        post.go(after=1)
    assert len(receiver.ids) == 6
    assert 4 <= len(post.deliveries()) <= 5


# --- what is refused


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://user:pass@example.com/",
        "ftp://example.com",
        "https://",
        "https://a b.com",
        "x",
    ],
)
def test_an_address_that_is_none_or_not_safe_is_refused(stage: Stage, url: str) -> None:
    args: Json = {"id": "w", "name": "x", "url": url, "groups": ["go"], "secret": SECRET}
    said = prepare(stage.services.ops, {"id": new_id(), "op": "webhook.add", "args": args})
    assert isinstance(said, dict)
    assert said["error"]["code"] == "invalid"


def test_a_webhook_reaches_no_private_address_unless_the_operator_opened_it(
    stage: Stage, receiver: Receiver
) -> None:
    post = Post(stage, Reach.of(""))
    add(stage, receiver)
    add(stage, receiver, "named", url=receiver.url.replace("127.0.0.1", "localhost"))
    cue(stage)
    post.go()
    assert [post.last(hook).error for hook in ("hook", "named")] == ["forbidden", "forbidden"]
    assert receiver.messages == []


def test_the_number_of_webhooks_is_bounded(stage: Stage, receiver: Receiver) -> None:
    for number in range(10):
        add(stage, receiver, f"w{number}")
    args: Json = {"name": "x", "url": receiver.url, "groups": ["go"], "secret": SECRET}
    assert stage.do("bo", "webhook.add", id="w10", **args)["error"]["code"] == "too_many"
    assert stage.do("cai", "webhook.add", id="w11", **args)["error"]["code"] == "forbidden"


def test_waits_grow_and_end() -> None:
    waits = [wait_seconds(tries) for tries in range(1, 30)]
    assert 4 <= waits[0] <= 6
    assert 12 <= waits[1] <= 18
    assert max(waits) <= 1.2 * 7200
    assert wait_seconds(1, asked=10**9) == 6 * 3600


# --- the whole program


def test_a_server_that_is_killed_tells_later_what_it_committed_and_never_under_two_ids(
    run_server: Callable[..., Server], sqlite_databases: SqliteDatabases, receiver: Receiver, tmp_path: Path
) -> None:
    url = with_cast(sqlite_databases, real=True)
    with opened(url, tmp_path, real=True) as stage:
        add(stage, receiver)
        headers = stage.token("amy")
    server = run_server(url, webhook_private="127.0.0.0/8")
    receiver.answers = [0]
    _send(server.url, headers, "a")
    receiver.wait_for(1)
    server.kill()
    server.restart()
    receiver.wait_for(2)
    _send(server.url, headers, "b")
    receiver.wait_for(3)
    assert receiver.ids[0] == receiver.ids[1]
    assert [each["entity"] for each in receiver.changes] == ["a", "b"]


def _send(url: str, headers: dict[str, str], cue_id: str) -> None:
    op = {"id": new_id(), "op": "cue.add", "args": {"id": cue_id, "track": "main", "title": cue_id}}
    request = Request(f"{url}/api/events/fair/ops", json.dumps({"ops": [op]}).encode(), headers)  # noqa: S310 - ours
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        assert json.load(answer)["results"][0]["status"] == "applied"


def test_what_waits_to_be_published_is_neither_told_nor_shown_on_a_desk(
    stage: Stage, post: Post, receiver: Receiver
) -> None:
    cue(stage)
    stage.must("amy", "sheet.publish")
    add(stage, receiver)
    secret = new_secret()
    stage.must("cai", "desk.open", id="deck", track="main", name="Stream Deck", hash=digest(secret))
    stage.must("amy", "cue.edit", id="a", set={"title": "祕密嘉賓", "duration_s": 60})
    stage.must("amy", "cue.add", id="b", track="main", title="還沒公開")
    stage.must("cai", "cue.go", id="a", current=None)
    post.until_quiet()
    desk, headers = stage.browser(), {"authorization": f"Bearer {secret}"}
    status = desk.get("/api/desk/status", headers=headers)
    pressed = desk.post("/api/desk/standby", headers=headers), desk.post("/api/desk/plus", headers=headers)
    assert [each.status_code for each in pressed] == [409, 200]
    assert stage.do("cai", "cue.go", id="a", current=None)["error"]["params"]["title"] == "121 山嵐列車"
    text = (
        "".join(each.text for each in (status, *pressed))
        + b"".join(body for _, body in receiver.messages).decode()
    )
    assert "山嵐列車" in text
    assert [each for each in ("祕密嘉賓", "還沒公開") if each in text] == []
    assert status.json()["next"] is None
    stage.must("amy", "sheet.publish")
    post.until_quiet()
    assert "b" in {each["entity"] for each in receiver.changes}
