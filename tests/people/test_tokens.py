"""Tokens for machines: listed, ended, expiring; whoever holds one that ended is out within a second."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.core.auth import ended_sessions
from server.people.tokens import DAYS, end_tokens, id_of, issue_token, list_tokens, revoke_tokens
from tests.people.stage import DAY_MS, Stage, opened
from tests.support.live import serving

STATE = "/api/events/fair/state?kinds=track"


def _status(stage: Stage, secret: str) -> int:
    return stage.browser().get(STATE, headers={"authorization": f"Bearer {secret}"}).status_code


def _issue(stage: Stage, member: str, days: int = DAYS) -> str:
    secret = issue_token(stage.services, "fair", member, days=days)
    assert secret
    return secret


def test_tokens_are_listed_without_their_secrets_and_with_their_end(stage: Stage) -> None:
    secret = _issue(stage, "bo", days=7)
    assert list_tokens(stage.services, "fair") == [
        {"id": id_of(secret), "member": "bo", "expires_at": stage.now() + 7 * DAY_MS}
    ]
    assert list_tokens(stage.services, "other") == []


def test_a_token_ends_by_itself(stage: Stage) -> None:
    secret = _issue(stage, "bo", days=7)
    stage.clock.advance(7 * 86_400 - 2)
    assert _status(stage, secret) == 200
    stage.clock.advance(3)
    assert _status(stage, secret) == 401
    assert list_tokens(stage.services, "fair") == []


@pytest.mark.parametrize("by", ["id", "secret", "member"])
def test_a_token_that_was_ended_is_refused_and_others_go_on(stage: Stage, by: str) -> None:
    mine, second, other = _issue(stage, "bo"), _issue(stage, "bo"), _issue(stage, "cai")
    assert [_status(stage, each) for each in (mine, second, other)] == [200] * 3
    named = {"id": id_of(mine), "secret": mine, "member": "bo"}[by]
    assert revoke_tokens(stage.services, "other", named) == 0
    assert revoke_tokens(stage.services, "fair", named) == (2 if by == "member" else 1)
    assert revoke_tokens(stage.services, "fair", named) == 0
    assert [_status(stage, each) for each in (mine, second, other)] == [
        401,
        401 if by == "member" else 200,
        200,
    ]


def test_an_op_ends_all_tokens_of_a_member(stage: Stage) -> None:
    mine, other = _issue(stage, "bo"), _issue(stage, "cai")
    with stage.services.db.write() as session:
        ended = end_tokens(session, "fair", "bo", stage.now())
    assert ended == [f"token:{id_of(mine)}"]
    assert [_status(stage, each) for each in (mine, other)] == [401, 200]


def test_other_processes_find_what_ended_or_expired(stage: Stage) -> None:
    revoked, expired, _open = _issue(stage, "bo"), _issue(stage, "bo", days=1), _issue(stage, "cai")
    begun = stage.now()
    revoke_tokens(stage.services, "fair", id_of(revoked))
    stage.clock.advance(86_401)
    assert ended_sessions(stage.services.db, begun - 1) == {f"token:{id_of(revoked)}"}
    both = {f"token:{id_of(each)}" for each in (revoked, expired)}
    assert ended_sessions(stage.services.db, begun - 1, stage.now()) == both


@pytest.fixture
def real(current_cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    with opened(current_cast_url, tmp_path, real=True) as stage:
        yield stage


async def test_the_socket_of_a_token_that_is_ended_is_cut_within_a_second(real: Stage) -> None:
    mine, other = _issue(real, "bo"), _issue(real, "cai")
    with serving(real.app) as port:
        url = f"ws://127.0.0.1:{port}/api/events/fair/live?format=json"
        headers = [{"Authorization": f"Bearer {secret}"} for secret in (mine, other)]
        async with (
            connect(url, additional_headers=headers[0]) as cut,
            connect(url, additional_headers=headers[1]) as kept,
        ):
            await asyncio.gather(cut.recv(), kept.recv())
            await asyncio.to_thread(revoke_tokens, real.services, "fair", "bo")
            async with asyncio.timeout(1):
                assert await _closed(cut)
            await kept.send('{"type":"ping","t":1}')
            async with asyncio.timeout(5):
                while "pong" not in str(await kept.recv()):
                    pass


async def _closed(socket: ClientConnection) -> bool:
    """Read until it is closed."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed:
        return True
