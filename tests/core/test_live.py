"""The guard before the feed, and what a socket may say."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from sqlmodel import col, update
from websockets.exceptions import InvalidStatus

from server.core import live
from server.core.feed import chains
from server.core.gathering import Gathering
from server.core.guard import GuardedReader
from server.core.ids import digest
from server.core.models import Token
from server.core.security import RATES, Rate
from tests.support.served import Served
from tests.support.show import Json, Show


@pytest.mark.parametrize("live", [True, False], ids=["level with the log", "catching up"])
def test_whose_rights_changed_is_named_with_the_reading_that_comes_after(show: Show, live: bool) -> None:  # noqa: FBT001
    revoked: list[Mapping[str, int]] = []
    reader = GuardedReader(show.services)
    reader.revoke = lambda _event, changed, _ended: revoked.append(changed)
    reader.heads([show.event])
    lens, _ = chains(show.viewer("mei"))
    show.add("a")
    since = show.head
    reader.read(show.event, [(lens, since)], live=live)
    assert revoked == []
    show.do("rui", "member.edit", id="mei", set={"roles": ["client"]})
    show.do("rui", "cue.edit", id="a", set={"title": "祕密"})
    # A client may say that it holds more than it does: its cursor hides nothing from the guard.
    reader.read(show.event, [(lens, show.head)], live=live)
    reader.read(show.event, [(lens, since)], live=live)
    assert [set(changed) for changed in revoked] == [{"mei"}]
    assert since < revoked[0]["mei"] <= show.head


async def kinds_seen(served: Served, member: str) -> set[str]:
    """What kinds of rows a member's phone is told that begins from nothing."""
    async with served.live(member, "since=0") as socket:
        await socket.next("frame")
    return {item["kind"] for item in socket.items()}


async def test_a_socket_goes_by_rights_as_they_are_and_not_as_they_were_a_moment_ago(served: Served) -> None:
    served.show.add("a")
    assert "contact" in await kinds_seen(served, "mei")
    served.get("mei", "state?kinds=track")  # now she is remembered for a moment
    served.show.do("rui", "member.edit", id="mei", set={"roles": ["client"], "department": None})
    assert "contact" not in await kinds_seen(served, "mei")


async def test_who_is_signed_out_between_the_first_look_and_the_list_gets_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is revoked in between is looked at again, and is out."""
    served.show.add("a")
    served.token("mei")
    services = served.show.services
    look = live.look_up

    def then_ended(*args: Any) -> Any:  # noqa: ANN401 - as it is
        found = look(*args)
        with services.db.write() as session:
            session.exec(
                update(Token).where(col(Token.member_id) == "mei").values(revoked_at=services.clock.now())
            )
        services.revoke("token of mei's")
        return found

    monkeypatch.setattr(services, "doors", Gathering(partial(then_ended, services)))
    async with served.live("mei", "since=0") as socket:
        assert await socket.closed() == 4401
    assert socket.items() == []


@pytest.mark.parametrize(
    ("asked", "was", "then"),
    [
        ("", {"roles": ["crew"], "department": "light"}, {"roles": ["client"], "department": None}),
        ("view=timer&format=html", {"roles": ["screen"], "tracks": ["main"]}, {"tracks": ["river"]}),
    ],
    ids=["somebody's", "a monitor's"],
)
async def test_whose_rights_change_between_the_first_look_and_the_first_reading_hears_nothing_of_before(
    served: Served, monkeypatch: pytest.MonkeyPatch, asked: str, was: Json, then: Json
) -> None:
    """As after a restart: nobody follows the event yet, so nobody has looked whose rights change in its log."""
    served.show.add("a")
    served.show.do("hui", "member.edit", id="mei", set=was)
    served.token("mei")
    services, look = served.show.services, live.look_up

    def then_moved(*args: Any) -> Any:  # noqa: ANN401 - as it is
        found = look(*args)
        monkeypatch.setattr(services, "doors", Gathering(partial(look, services)))
        served.show.do("hui", "member.edit", id="mei", set=then)
        return found

    monkeypatch.setattr(services, "doors", Gathering(partial(then_moved, services)))
    async with served.live("mei", f"since=0&{asked}") as socket:
        assert await socket.closed() == 4401
    assert "frame" not in {message["type"] for message in socket.messages}


async def test_a_socket_that_came_after_the_change_is_left_alone(served: Served) -> None:
    async with served.live("rui") as other:
        await other.next("hello")
        served.show.do("rui", "member.edit", id="mei", set={"title": "燈光"})
        served.show.do("hui", "member.edit", id="mei", set={"roles": ["lead"]})
        await asyncio.sleep(0.9)  # until nobody remembers her as she was
        async with served.live("mei", f"since={served.show.head}") as socket:
            await socket.next("hello")
            served.show.add("later")
            while not any(item["id"] == "later" for item in socket.items()):
                await socket.next("frame")


async def test_who_edits_a_row_is_told_to_the_team_and_so_is_that_nobody_does(served: Served) -> None:
    async with served.live("mei") as mei, served.live("tong") as client:
        for socket in (mei, client):
            await socket.next("hello")
        async with served.live("rui") as rui:
            await rui.next("hello")
            await rui.say(type="editing", id="a", field="columns.light")
            told = await mei.next("ephemeral")
            assert (told["topic"], told["who"], told["id"]) == ("editing", "rui", "a")
            assert told["field"] == "columns.light"
        assert (await mei.next("ephemeral"))["id"] == ""  # the socket ended, and with it the editing
        await asyncio.sleep(1.2)
        async with served.live("jun") as late:
            await late.next("hello")
            await late.say(type="ping", t=1)
            await late.next("pong")
            assert [message for message in late.messages if message["type"] == "ephemeral"] == []
        await client.say(type="ping", t=1)
        await client.next("pong")
        assert [message for message in client.messages if message["type"] == "ephemeral"] == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_who_may_not_edit_is_not_shown_editing(served: Served) -> None:
    async with served.live("rui") as rui, served.live("mei") as mei:
        await rui.next("hello")
        await mei.next("hello")
        await mei.say(type="editing", id="a")
        await mei.say(type="ping", t=1)
        await mei.next("pong")
        await rui.say(type="ping", t=1)
        await rui.next("pong")
        assert [message for message in rui.messages if message["type"] == "ephemeral"] == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_a_client_that_asks_again_and_again_is_cut_off(served: Served) -> None:
    async with served.live("qin") as socket:
        await socket.next("hello")
        for _ in range(40):
            await socket.say(type="need", since=0, own=0)
        assert await socket.closed() == 1008


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_a_member_opens_no_more_sockets_than_any_phone_would(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RATES, "socket_member", Rate(2, 0.001))
    async with served.live("emma") as one, served.live("emma") as other:
        await one.next("hello")
        await other.next("hello")
        with pytest.raises(InvalidStatus, match="403"):
            async with served.live("emma"):
                pass
        async with served.live("mei") as hers:
            await hers.next("hello")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_member_who_reads_too_often_is_told_to_wait(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RATES, "read_member", Rate(2, 0.001))
    replies = [
        served.ask("jun", "GET", f"/api/events/{{event}}/{what}") for what in ("state", "changes", "state")
    ]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert (replies[2].headers["retry-after"], replies[2].json["status"]) == ("5", 429)
    assert served.ask("mei", "GET", "/api/events/{event}/state").status == 200


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
async def test_a_token_that_another_process_ended_is_cut_off(served: Served, column: str) -> None:
    async with served.live("qin") as socket:
        await socket.next("hello")
        services = served.show.services
        with services.db.write() as session:
            token = session.get_one(Token, digest(served.token("qin")))
            setattr(token, column, services.clock.now())
        assert await socket.closed() == 4401
