"""Personal links and their QR, as coordinators make them; and the browsers that came by them."""

import hashlib

import pytest
from sqlmodel import select

from server.core.models import Receipt
from server.people.models import JoinLink
from tests.people.stage import Json, Stage

SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
HASH = hashlib.sha256(b"secret").hexdigest()


def test_a_link_is_kept_as_a_hash_and_ends_the_one_before(stage: Stage) -> None:
    first = stage.link("dan")
    result = stage.must("bo", "member.link", id="dan", hash=HASH, days=3)
    assert result["result"]["expires_at"] == stage.clock.now() + 3 * 86_400_000
    with stage.services.db.read() as session:
        links = {link.secret_hash: link for link in session.exec(select(JoinLink))}
        receipts = str(session.exec(select(Receipt.result)).all())
    assert links[HASH].made_by == "bo"
    assert [link.revoked_at is None for link in links.values() if link.secret_hash != HASH] == [False]
    assert HASH not in receipts
    joined = stage.browser().post("/join", data={"secret": "secret"})
    assert joined.json() == {"to": "/e/fair"}
    assert stage.browser().post("/join", data={"secret": first}).status_code == 410


def test_one_secret_is_never_two_links(stage: Stage) -> None:
    stage.must("bo", "member.link", id="dan", hash=HASH)
    assert stage.do("bo", "member.link", id="eve", hash=HASH)["error"]["code"] == "exists"
    assert stage.browser().post("/join", data={"secret": "secret"}).json() == {"to": "/e/fair"}


@SQLITE
@pytest.mark.parametrize(
    "args", [{"hash": "A" * 64}, {"hash": "0" * 63}, {"hash": HASH, "days": 0}, {"hash": HASH, "days": 61}]
)
def test_a_bad_link_is_refused(stage: Stage, args: Json) -> None:
    assert stage.browser("bo").op("member.link", {"id": "dan"} | args)["error"]["code"] == "invalid"


def test_the_log_says_who_made_a_link_and_for_whom(stage: Stage) -> None:
    seq = stage.must("bo", "member.link", id="dan", hash=HASH)["seq"]
    changes = stage.browser("bo").get(f"/api/events/fair/changes?since={seq - 1}").json()["changes"]
    assert [(c["actor"], c["kind"], c["entity"]) for c in changes] == [("bo", "member.link", "dan")]
    assert HASH not in str(changes)


def test_one_browser_of_a_member_is_ended_and_the_other_goes_on(stage: Stage) -> None:
    lost, kept = stage.browser(), stage.browser()
    for browser in (lost, kept):
        browser.post("/join", data={"secret": stage.link("dan")})
    session_id = _sessions(stage, "dan")[0]
    stage.must("bo", "member.sign_out", id="dan", session=session_id)
    stage.clock.advance(1)
    assert sorted(browser.get("/e/fair").status_code for browser in (lost, kept)) == [200, 303]


def test_nobody_is_signed_out_under_another_ones_name(stage: Stage) -> None:
    stage.browser("eve")
    other = _sessions(stage, "eve")[0]
    assert stage.do("bo", "member.sign_out", id="dan", session=other)["error"]["code"] == "not_found"
    assert stage.do("bo", "member.sign_out", id="dan", session="nothing")["error"]["code"] == "not_found"


def test_a_lost_phone_is_out_and_its_waiting_link_too(stage: Stage) -> None:
    dan, eve, secret = stage.browser("dan"), stage.browser("eve"), stage.link("dan")
    stage.must("bo", "member.sign_out", id="dan")
    stage.clock.advance(1)
    assert dan.get("/e/fair").status_code == 303
    assert eve.get("/e/fair").status_code == 200
    assert stage.browser().post("/join", data={"secret": secret}).status_code == 410


def test_the_page_of_a_person_names_their_browsers(stage: Stage) -> None:
    stage.browser().post("/join", data={"secret": stage.link("dan")})
    assert "Safari · iPhone" in stage.browser("bo").get("/e/fair/people/dan").text
    assert "Safari · iPhone" not in stage.browser("bo").get("/e/fair/people/eve").text


def test_an_owners_page_offers_a_coordinator_no_link(stage: Stage) -> None:
    assert 'data-link="make"' not in stage.browser("bo").get("/e/fair/people/amy").text
    assert 'data-link="make"' in stage.browser("bo").get("/e/fair/people/dan").text


def test_the_list_says_who_has_joined_who_has_a_link_and_who_has_none(stage: Stage) -> None:
    stage.browser("dan")
    stage.link("eve")
    inside = stage.browser("bo").get("/e/fair/people-inside").json()
    assert (inside["amy"], inside["dan"], inside["eve"], inside["gus"]) == ("on", "on", "wait", "off")
    assert "zoe" not in inside


@SQLITE
def test_a_qr_is_only_drawn_of_our_own_addresses(stage: Stage) -> None:
    bo = stage.browser("bo")
    drawn = bo.post("/e/fair/qr", data={"text": "http://127.0.0.1:8000/join#secret"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.headers["cache-control"] == "no-store"
    origin = "http://127.0.0.1:8000"
    for text in ("", "https://evil.example/", f"{origin}.evil.example/", f"{origin}/{'x' * 300}"):
        assert bo.post("/e/fair/qr", data={"text": text}).status_code == 400


def _sessions(stage: Stage, member_id: str) -> list[str]:
    page = stage.browser("bo").get(f"/e/fair/people/{member_id}").text
    return [part.split('"')[0] for part in page.split('id="browser-')[1:]]
