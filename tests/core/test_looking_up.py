"""Who opens a socket is looked up with all who come at that moment."""

import pytest
from sqlmodel import col, select, update

from server.core.auth import SEEN_EVERY_MS, Proof, open_session
from server.core.hub import REVOKED
from server.core.ids import digest
from server.core.live import FOREIGN, Asked, Seen, look_up
from server.core.models import BrowserSession
from server.people.models import Member
from tests.support.asking import statements
from tests.support.show import Show

CREW = [f"crew{number}" for number in range(12)]


@pytest.fixture
def crowd(show: Show) -> Show:
    show.all("hui", *[("member.add", {"id": name, "name": name, "roles": ["crew"]}) for name in CREW])
    return show


def browser(show: Show, seen_ago: int = 0, **columns: str) -> Proof:
    with show.services.db.write() as session:
        secret = open_session(session, show.clock.now() - seen_ago, "phone", **columns)
    return "cookie", digest(secret)


def by_link(show: Show, name: str, seen_ago: int = 0) -> Proof:
    return browser(show, seen_ago, event_id=show.event, member_id=name)


def by_account(show: Show, name: str) -> Proof:
    """As an account of whoever it is; only its id counts here."""
    with show.services.db.write() as session:
        of_name = col(Member.event_id) == show.event, col(Member.id) == name
        session.execute(update(Member).where(*of_name).values(account_id=f"account-{name}"))
    return browser(show, account_id=f"account-{name}")


def by_token(show: Show, name: str) -> Proof:
    return "token", digest(show.token(name))


def who(show: Show, *proofs: Proof, event: str = "") -> list[str | int]:
    found = look_up(show.services, [Asked(proof, event or show.event) for proof in proofs])
    return [one.viewer.id if isinstance(one, Seen) else one for one in found]


def test_each_is_who_they_are_whatever_they_show(crowd: Show) -> None:
    proofs = [
        by_link(crowd, "crew0"),
        by_token(crowd, "crew1"),
        by_account(crowd, "crew2"),
        by_link(crowd, "crew3"),
    ]
    assert who(crowd, *proofs, proofs[1]) == ["crew0", "crew1", "crew2", "crew3", "crew1"]


def test_who_is_none_or_none_any_more_is_told_so_among_all_the_others(crowd: Show) -> None:
    gone, revoked, made_up = by_link(crowd, "crew0"), by_link(crowd, "crew1"), ("cookie", digest("made up"))
    crowd.do("hui", "member.remove", id="crew0")
    with crowd.services.db.write() as session:
        browsers = select(BrowserSession).where(BrowserSession.secret_hash == revoked[1])
        session.exec(browsers).one().revoked_at = crowd.clock.now()
    asked = by_link(crowd, "crew2"), gone, revoked, made_up, ("token", made_up[1]), by_token(crowd, "crew3")
    assert who(crowd, *asked)[0] == "crew2"
    assert who(crowd, *asked)[-1] == "crew3"
    # Whoever was removed has no session any more either.
    assert set(who(crowd, *asked)[1:-1]) <= {REVOKED, FOREIGN}
    assert who(crowd, made_up, ("token", made_up[1])) == [REVOKED, REVOKED]


def test_one_of_another_event_is_foreign_here_also_under_the_same_name(crowd: Show) -> None:
    elsewhere = browser(crowd, event_id="another", member_id="crew0")
    assert who(crowd, elsewhere, by_link(crowd, "crew0")) == [FOREIGN, "crew0"]
    assert who(crowd, by_link(crowd, "crew0"), event="another") == [FOREIGN]


def test_many_cost_as_many_questions_as_one(crowd: Show) -> None:
    proofs = [make(crowd, name) for make, name in zip((by_link, by_token, by_account) * 4, CREW, strict=True)]
    asked = []
    for some in (proofs[:3], proofs):
        with statements(crowd.services.db, "SELECT") as selects:
            assert len(who(crowd, *some)) == len(some)
        asked.append(len(selects))
    assert asked[0] == asked[1] > 0


def test_all_who_were_not_seen_for_long_are_seen_by_one_write(crowd: Show) -> None:
    old = [by_link(crowd, name, seen_ago=2 * SEEN_EVERY_MS) for name in CREW]
    with statements(crowd.services.db, "UPDATE") as writes:
        assert who(crowd, *old) == CREW
        assert who(crowd, *old) == CREW
    assert len(writes) == 1
    with crowd.services.db.read() as session:
        seen = session.exec(select(BrowserSession.seen_at)).all()
    assert min(seen) > crowd.clock.now() - SEEN_EVERY_MS
