"""A right that is taken away is gone within a second: on the real socket, and on every page."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.core.services import Remembered
from server.people.models import Member
from server.people.queries import sessions_of_member
from tests.people.stage import Browser, Stage, opened
from tests.support.live import serving

SECOND = 1.0
LONG = 20.0
ACCESS = 4401


class House:
    """The program served for real, and the cast's sockets."""

    def __init__(self, stage: Stage, port: int) -> None:
        self.stage, self.port = stage, port
        self.services = stage.services

    def cookie(self, member: str, event: str = "fair") -> str:
        """The cookie of a new browser in which a member is signed in."""
        return _header(self.stage.browser(member, event))

    @asynccontextmanager
    async def live(self, cookie: str, since: int | None = None, event: str = "fair") -> AsyncIterator["Line"]:
        """A socket that has heard everything up to now."""
        head = self.services.feed.head(event)
        asked = f"since={head if since is None else since}&own={head}&format=json"
        address = f"ws://127.0.0.1:{self.port}/api/events/{event}/live?{asked}"
        headers = {"Cookie": cookie}
        async with connect(
            address, compression=None, additional_headers=headers, origin=self.origin
        ) as socket:
            assert json.loads(await socket.recv())["type"] == "hello"
            await asyncio.sleep(0.2)
            yield Line(socket)

    @property
    def origin(self) -> Any:  # noqa: ANN401 - the client's own type of text
        return self.services.origin

    def status(self, path: str, cookie: str, method: str = "GET") -> int:
        line = HTTPConnection("127.0.0.1", self.port, timeout=5)
        line.request(method, path, headers={"Cookie": cookie, "Origin": self.services.origin})
        try:
            return line.getresponse().status
        finally:
            line.close()

    async def gone_after(self, path: str, cookie: str) -> float:
        """Seconds until a page is no longer given; fails after three."""
        begun = time.monotonic()
        while await asyncio.to_thread(self.status, path, cookie) == 200:
            assert time.monotonic() - begun < 3
            await asyncio.sleep(0.05)
        return time.monotonic() - begun


class Line:
    """What a phone hears."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def rest(self, seconds: float = 3, last: str = "") -> tuple[list[str], int, float]:
        """Listen to the end: the ids and resets heard, the code of the close (0: still open), after how long.

        `last` is what ends it too: by then, all that came before has been heard.
        """
        heard: list[str] = []
        begun = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                while last not in heard:
                    heard += _named(json.loads(await self.socket.recv()))
        except TimeoutError:
            pass
        except ConnectionClosed as closed:
            return heard, closed.rcvd.code if closed.rcvd else 1006, time.monotonic() - begun
        return heard, 0, time.monotonic() - begun

    async def up_to(self, last: str) -> tuple[list[str], int]:
        """What is heard up to an id that has to come, however busy the machine is, and the code as in `rest`."""
        heard, code, _ = await self.rest(LONG, last)
        assert code or last in heard
        return heard, code


def _named(message: dict[str, Any]) -> list[str]:
    if message["type"] == "reset":
        return [f"reset:{message['reason']}"]
    return [f"{item['kind']}:{item['id']}" for item in message.get("items", ())]


@pytest.fixture
def house(current_cast_url: str, tmp_path: Path) -> Iterator[House]:
    with opened(current_cast_url, tmp_path, real=True) as stage:
        stage.must("bo", "cue.add", id="c1", title="換場", track="main")
        with serving(stage.app) as port:
            yield House(stage, port)


async def test_who_is_removed_hears_nothing_more_and_the_others_hear_everything(house: House) -> None:
    dan_s, eve_s = house.cookie("dan"), house.cookie("eve")
    async with house.live(dan_s) as dan, house.live(eve_s) as eve:
        await _do(house, "bo", "member.remove", id="dan")
        await _do(house, "bo", "cue.edit", id="c1", set={"title": "祕密"})
        (heard, code, after), (others, still) = await asyncio.gather(dan.rest(), eve.up_to("cue:c1"))
    assert (heard, code) == (["reset:access"], ACCESS)
    assert after < SECOND
    assert still == 0
    assert set(others) == {"contact:dan", "member:dan", "cue:c1"}


async def test_who_is_removed_gets_no_page_after_a_second(house: House) -> None:
    dan, eve = house.cookie("dan"), house.cookie("eve")
    paths = ("/e/fair", "/api/events/fair/state", "/me")
    assert [house.status(path, dan) for path in paths] == [200, 200, 200]
    await _do(house, "bo", "member.remove", id="dan")
    assert max(await asyncio.gather(*(house.gone_after(path, dan) for path in paths))) < SECOND
    assert [house.status(path, eve) for path in paths] == [200, 200, 200]


async def test_who_is_signed_out_everywhere_is_out_within_a_second(house: House) -> None:
    one, other = house.cookie("dan"), house.cookie("dan")
    async with house.live(one) as phone, house.live(other) as tablet:
        await _do(house, "bo", "member.sign_out", id="dan")
        ends = await asyncio.gather(phone.rest(), tablet.rest())
        assert [code for _, code, _ in ends] == [ACCESS, ACCESS]
        assert max(after for *_, after in ends) < SECOND
    assert [house.status("/e/fair", cookie) for cookie in (one, other)] == [303, 303]


async def test_a_browser_that_was_ended_can_not_come_back_to_the_socket(house: House) -> None:
    dan = house.cookie("dan")
    async with house.live(dan) as phone:
        await _do(house, "bo", "member.sign_out", id="dan")
        await phone.rest()
    with pytest.raises(Exception, match=r"403|4401|rejected"):
        async with house.live(dan):
            pass


async def test_signing_out_oneself_cuts_that_browsers_socket_only(house: House) -> None:
    here, there = house.cookie("dan"), house.cookie("dan")
    async with house.live(here) as phone, house.live(there) as tablet:
        assert await asyncio.to_thread(house.status, "/sign-out", here, "POST") == 303
        (_, code, after), (_, still, _) = await asyncio.gather(phone.rest(), tablet.rest(1.5))
    assert (code, still) == (ACCESS, 0)
    assert after < SECOND


async def test_a_new_role_brings_its_person_back_with_their_new_rights(house: House) -> None:
    dan = house.cookie("dan")
    async with house.live(dan) as phone:
        await _do(house, "bo", "member.edit", id="dan", set={"roles": ["client"], "department": None})
        heard, code, after = await phone.rest()
    assert (heard, code) == (["reset:access"], ACCESS)
    assert after < SECOND
    async with house.live(dan, since=1) as phone:
        heard, code, _ = await phone.rest(0.5)
    assert code == 0
    assert not any(name.startswith("contact:") and name != "contact:dan" for name in heard)


async def test_a_new_phone_number_cuts_nobody_off(house: House) -> None:
    async with house.live(house.cookie("dan")) as dan, house.live(house.cookie("gus")) as client:
        await _do(house, "bo", "member.edit", id="dan", set={"phone": "0911"})
        await dan.up_to("contact:dan")
        await _do(house, "bo", "cue.edit", id="c1", set={"title": "開場"})
        (_, code), (others, still) = await asyncio.gather(dan.up_to("cue:c1"), client.up_to("cue:c1"))
    assert (code, still) == (0, 0)
    assert set(others) == {"member:dan", "cue:c1"}


async def test_a_corrected_name_cuts_nobody_off_and_reaches_its_person_as_their_row(house: House) -> None:
    async with house.live(house.cookie("dan")) as dan:
        await _do(
            house,
            "bo",
            "member.edit",
            id="dan",
            set={"name": "簡丹丹", "name_en": "Dan-Dan", "title": "領班"},
        )
        heard, code = await dan.up_to("me:dan")
        await _do(house, "bo", "cue.edit", id="c1", set={"title": "開場"})
        more, still = await dan.up_to("cue:c1")
    assert (code, still) == (0, 0)
    assert set(heard + more) == {"member:dan", "contact:dan", "me:dan", "cue:c1"}


@pytest.mark.parametrize(
    "right", [{"roles": ["lead"]}, {"department": "light"}, {"tracks": ["main"]}], ids=str
)
async def test_a_name_that_is_corrected_together_with_a_right_cuts_as_the_right_does(
    house: House, right: dict[str, Any]
) -> None:
    async with house.live(house.cookie("dan")) as dan:
        await _do(house, "bo", "member.edit", id="dan", set={"name": "簡丹丹"} | right)
        heard, code, _ = await dan.rest()
    assert (heard, code) == (["reset:access"], ACCESS)


async def test_a_right_that_changes_at_once_with_a_name_is_not_hidden_by_it(house: House) -> None:
    ops = [
        ("member.edit", {"id": "dan", "set": {"roles": ["client"], "department": None}}),
        ("member.edit", {"id": "dan", "set": {"name": "簡丹丹"}}),
        ("cue.edit", {"id": "c1", "set": {"title": "祕密"}}),
    ]
    async with house.live(house.cookie("dan")) as dan:
        await asyncio.to_thread(house.stage.must_all, "bo", ops)
        heard, code, _ = await dan.rest()
    assert (heard, code) == (["reset:access"], ACCESS)


async def test_an_account_that_is_removed_from_an_event_is_out_of_that_event_alone(house: House) -> None:
    house.stage.must("amy", "member.edit", id="bo", set={"roles": ["owner"]})
    amy_s = await asyncio.to_thread(_sign_in, house)
    async with house.live(amy_s) as amy:
        await _do(house, "bo", "member.remove", id="amy")
        _, code, after = await amy.rest()
    assert code == ACCESS
    assert after < SECOND
    assert (house.status("/e/fair", amy_s), house.status("/me", amy_s)) == (404, 200)


async def test_a_lost_phone_ends_the_account_too_in_every_event_and_takes_no_right_away(house: House) -> None:
    house.stage.must("amy", "member.edit", id="bo", set={"roles": ["owner"]})
    _let_in(house, "other", "amy")
    amy_s, zoe_s = await asyncio.to_thread(_sign_in, house), house.cookie("zoe", "other")
    machine = await asyncio.to_thread(house.stage.token, "amy")
    async with (
        house.live(amy_s) as here,
        house.live(amy_s, event="other") as there,
        house.live(zoe_s, event="other") as zoe,
    ):
        await _do(house, "bo", "member.sign_out", id="amy")
        ends = await asyncio.gather(here.rest(), there.rest(), zoe.rest(1.5))
    assert [code for _, code, _ in ends] == [ACCESS, ACCESS, 0]
    assert max(after for *_, after in ends[:2]) < SECOND
    await house.gone_after("/me", amy_s)
    assert house.stage.browser().get("/api/events/fair/state", headers=machine).status_code == 401
    again = await asyncio.to_thread(_sign_in, house)
    assert [house.status(f"/e/{event}", again) for event in ("fair", "other")] == [200, 200]


async def test_a_lost_phone_ends_what_looks_at_another_event_though_nobody_follows_this_one(
    house: House,
) -> None:
    house.stage.must("amy", "member.edit", id="bo", set={"roles": ["owner"]})
    _let_in(house, "other", "amy")
    async with house.live(await asyncio.to_thread(_sign_in, house), event="other") as there:
        await _do(house, "bo", "member.sign_out", id="amy")
        _, code, _ = await there.rest(6)
    assert code == ACCESS


async def test_one_browser_that_is_ended_leaves_the_account_alone(house: House) -> None:
    house.stage.must("amy", "member.edit", id="bo", set={"roles": ["owner"]})
    amy_s = await asyncio.to_thread(_sign_in, house)
    house.cookie("amy")
    with house.services.db.read() as session:
        [browser] = sessions_of_member(session, "fair", "amy")
    await _do(house, "bo", "member.sign_out", id="amy", session=browser.id)
    assert house.status("/me", amy_s) == 200


def _let_in(house: House, event: str, member: str) -> None:
    """Give a member's account a place in another event."""
    with house.services.db.write() as session:
        account = session.get_one(Member, ("fair", member)).account_id
        session.add(Member(event_id=event, id=member, account_id=account, name=member, roles=["crew"]))


def test_what_was_read_before_a_revocation_is_not_remembered_after_it() -> None:
    known: Remembered[str] = Remembered()
    age = known.age
    known.clear()  # the revocation, while the look-up is under way
    known.put(("cookie", "dan"), "Dan", now=0, age=age)
    assert known.get(("cookie", "dan"), now=1) is None
    known.put(("cookie", "dan"), "Dan", now=0, age=known.age)
    assert known.get(("cookie", "dan"), now=1) == "Dan"
    assert known.get(("cookie", "dan"), now=900) is None


async def test_a_socket_for_another_event_is_refused(house: House) -> None:
    with pytest.raises(Exception, match=r"403|4404|rejected"):
        async with house.live(house.cookie("zoe", "other")):
            pass


async def _do(house: House, member: str, op: str, **args: Any) -> None:  # noqa: ANN401 - JSON
    await asyncio.to_thread(lambda: house.stage.must(member, op, **args))


def _sign_in(house: House) -> str:
    amy = house.stage.browser()
    amy.post("/sign-in", data={"email": "amy@example.com", "password": "three plain words"})
    return _header(amy)


def _header(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
