"""Who is in an event and what they may do; departments and what quotes their names."""

import hashlib
from typing import Any

import pytest
from sqlmodel import select

from server.core.models import Receipt
from server.people.models import JoinLink, Member
from tests.people.stage import Json, Stage

SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
HASH = hashlib.sha256(b"secret").hexdigest()


def test_a_new_person_is_crew_unless_roles_are_named(stage: Stage) -> None:
    stage.must("bo", "member.add", id="hal", name="哈爾")
    stage.must("bo", "member.add", id="ida", name="艾達", roles=["lead", "crew", "lead"], department="stage")
    assert _member(stage, "hal").roles == ["crew"]
    assert (_member(stage, "ida").roles, _member(stage, "ida").department) == (["lead", "crew"], "stage")


@SQLITE
@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"id": "hal"}, "name"),
        ({"id": "hal", "name": ""}, "name"),
        ({"id": "hal", "name": " \u200b\x07 "[::2]}, "name"),
        ({"id": "hal", "name": "名" * 201}, "name"),
        ({"id": "hal ", "name": "哈爾"}, "id"),
        ({"id": "hal", "name": "哈爾", "roles": ["king"]}, "roles"),
        ({"id": "hal", "name": "哈爾", "roles": []}, "roles"),
        ({"id": "hal", "name": "哈爾", "phone": "call me"}, "phone"),
        ({"id": "hal", "name": "哈爾", "locale": "fr"}, "locale"),
        ({"id": "hal", "name": "哈爾", "tracks": ["main track"]}, "tracks"),
        ({"id": "hal", "name": "哈爾", "account_id": "x"}, "account_id"),
        ({"id": "hal", "name": None}, "name"),
    ],
)
def test_a_bad_person_is_refused_with_the_field(stage: Stage, args: Json, field: str) -> None:
    result = stage.browser("bo").op("member.add", args)
    assert result["error"]["code"] == "invalid"
    assert any(name.split(".")[0] == field for name in result["error"]["fields"])
    assert _member(stage, "hal") is None


def test_a_person_is_added_once(stage: Stage) -> None:
    assert stage.do("bo", "member.add", id="dan", name="另一人")["error"]["code"] == "exists"
    assert _member(stage, "dan").name == "簡丹"


@pytest.mark.parametrize("department", ["catering", "main"])
def test_a_department_must_be_one_of_the_events(stage: Stage, department: str) -> None:
    added = stage.do("bo", "member.add", id="hal", name="哈爾", department=department)
    edited = stage.do("bo", "member.edit", id="dan", set={"department": department})
    assert (added["error"]["code"], edited["error"]["code"]) == ("not_found", "not_found")


def test_editing_sets_only_what_is_named(stage: Stage) -> None:
    stage.must("bo", "member.edit", id="dan", set={"department": None, "phone": ""})
    dan = _member(stage, "dan")
    assert (dan.name, dan.title, dan.department, dan.phone) == ("簡丹", "舞台工讀生", None, "")


@SQLITE
@pytest.mark.parametrize("field", ["name", "roles", "tracks", "locale", "phone", "title"])
def test_nothing_but_a_department_can_be_nothing(stage: Stage, field: str) -> None:
    result = stage.browser("bo").op("member.edit", {"id": "dan", "set": {field: None}})
    assert result["error"]["code"] == "invalid"


def test_two_who_edit_the_same_field_meet_and_different_fields_merge(stage: Stage) -> None:
    base = _member(stage, "dan").version
    stage.must("bo", "member.edit", id="dan", set={"title": "助理"})
    amy = stage.browser("amy")
    conflict = amy.op("member.edit", {"id": "dan", "set": {"title": "組長"}}, base_version=base)
    assert (conflict["status"], conflict["error"]["who"]) == ("conflict", "bo")
    assert conflict["error"]["now"] == {"title": "助理"}
    merged = amy.op("member.edit", {"id": "dan", "set": {"pass_no": "RS-1"}}, base_version=base)
    assert merged["status"] == "applied"


def test_only_an_owner_makes_owners(stage: Stage) -> None:
    for op, args in (
        ("member.add", {"id": "hal", "name": "哈爾", "roles": ["owner"]}),
        ("member.edit", {"id": "bo", "set": {"roles": ["coordinator", "owner"]}}),
    ):
        assert stage.do("bo", op, **args)["error"]["code"] == "owner_only"
    stage.must("amy", "member.edit", id="bo", set={"roles": ["coordinator", "owner"]})


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("member.edit", {"set": {"roles": ["crew"]}}),
        ("member.remove", {}),
        ("member.link", {"hash": HASH}),
        ("member.unlink", {}),
        ("member.sign_out", {}),
    ],
)
def test_a_coordinator_takes_nothing_from_an_owner_and_cannot_act_as_one(stage: Stage, op: str, args: Json) -> None:
    """Whoever made a link for an owner could use it themselves."""
    assert stage.do("bo", op, id="amy", **args)["error"]["code"] == "owner_only"
    with stage.services.db.read() as session:
        assert session.exec(select(JoinLink)).all() == []


def test_a_coordinator_may_correct_an_owners_name(stage: Stage) -> None:
    stage.must("bo", "member.edit", id="amy", set={"name": "林以晴", "roles": ["owner"]})


def test_an_owner_is_always_left(stage: Stage) -> None:
    assert stage.do("amy", "member.edit", id="amy", set={"roles": ["crew"]})["error"]["code"] == "owner_only"
    assert stage.do("amy", "member.remove", id="amy")["error"]["code"] == "self"
    stage.must("amy", "member.edit", id="bo", set={"roles": ["owner"]})
    stage.must("bo", "member.edit", id="amy", set={"roles": ["crew"]})
    assert stage.do("amy", "member.edit", id="bo", set={"roles": ["crew"]})["error"]["code"] == "forbidden"


def test_who_is_removed_is_gone_for_everybody(stage: Stage) -> None:
    stage.must("bo", "member.remove", id="dan")
    assert stage.do("dan", "member.locale", locale="en")["error"]["code"] == "forbidden"
    assert stage.do("bo", "member.edit", id="dan", set={"name": "x"})["error"]["code"] == "not_found"
    assert stage.do("bo", "member.link", id="dan", hash=HASH)["error"]["code"] == "not_found"
    bo = stage.browser("bo")
    assert "簡丹" not in bo.get("/e/fair/people").text
    assert bo.get("/e/fair/people/dan").status_code == 404


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


@SQLITE
@pytest.mark.parametrize("args", [{"hash": "A" * 64}, {"hash": "0" * 63}, {"hash": HASH, "days": 0}, {"hash": HASH, "days": 61}])
def test_a_bad_link_is_refused(stage: Stage, args: Json) -> None:
    assert stage.browser("bo").op("member.link", {"id": "dan"} | args)["error"]["code"] == "invalid"


def test_the_log_says_who_made_a_link_and_for_whom(stage: Stage) -> None:
    seq = stage.must("bo", "member.link", id="dan", hash=HASH)["seq"]
    changes = stage.browser("bo").get(f"/api/events/fair/changes?since={seq - 1}").json()["changes"]
    assert [(c["actor"], c["kind"], c["entity"]) for c in changes] == [("bo", "member.link", "dan")]
    assert HASH not in str(changes)


def test_a_phone_number_is_for_the_team_and_not_for_vendors_and_clients(stage: Stage) -> None:
    def phones(member: str) -> dict[str, str]:
        state = stage.browser(member).get("/api/events/fair/state?kinds=contact,member").json()
        assert "0900000001" not in str(state["entities"]["member"])
        return {contact["id"]: contact["phone"] for contact in state["entities"]["contact"]}

    assert phones("eve")["dan"] == "0900000001"
    assert phones("fay") == {}
    assert phones("gus") == {}


def test_what_is_mine_is_told_to_me_alone(stage: Stage) -> None:
    for member in ("amy", "bo", "dan", "gus"):
        state = stage.browser(member).get("/api/events/fair/state?kinds=me").json()
        assert [me["id"] for me in state["entities"]["me"]] == [member]


def test_a_department_with_a_new_name_takes_its_people_along(stage: Stage) -> None:
    before = stage.head
    stage.must("bo", "department.put", id="stage", name="舞監組")
    assert _touched(stage, "bo", before) == {("department", "stage"), ("member", "dan")}
    assert "舞監組" in stage.browser("bo").get("/e/fair/people").text
    assert "舞台組" not in stage.browser("bo").get("/e/fair/people").text


def test_a_department_with_the_same_name_takes_nobody_along(stage: Stage) -> None:
    before = stage.head
    stage.must("bo", "department.put", id="stage", name="舞台組", colour="#aabbcc")
    assert _touched(stage, "bo", before) == {("department", "stage")}


def test_a_department_with_a_new_name_takes_its_notes_along_for_those_who_read_them(stage: Stage) -> None:
    stage.must("bo", "cue.add", id="c1", title="換場", track="main", note_for={"stage": "搬鼓", "light": "暗"})
    before = stage.head
    stage.must("bo", "department.put", id="stage", name="舞監組")
    assert ("note", "c1:stage") in _touched(stage, "dan", before)
    for outsider in ("eve", "fay", "gus"):
        assert not any(kind == "note" for kind, _ in _touched(stage, outsider, before))


def test_a_person_with_a_new_name_takes_along_what_quotes_it(stage: Stage) -> None:
    stage.must("bo", "cue.add", id="c1", title="換場", track="main", people=["eve", "dan"])
    stage.must("bo", "cue.add", id="c2", title="演出", track="main", people=["eve"])
    stage.must("dan", "cue.ready", id="c1")
    before = stage.head
    stage.must("bo", "member.edit", id="dan", set={"name": "簡單"})
    touched = _touched(stage, "eve", before)
    assert touched == {("cue", "c1"), ("mark", "c1:dan"), ("member", "dan"), ("contact", "dan")}


def test_a_new_phone_number_touches_no_row_of_the_sheet(stage: Stage) -> None:
    stage.must("bo", "cue.add", id="c1", title="換場", track="main", people=["dan"])
    before = stage.head
    stage.must("bo", "member.edit", id="dan", set={"phone": "0911"})
    assert _touched(stage, "eve", before) == {("member", "dan"), ("contact", "dan")}
    assert _touched(stage, "gus", before) == {("member", "dan")}


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
    for text in ("https://evil.example/", "http://127.0.0.1:8000.evil.example/", "", "http://127.0.0.1:8000/" + "x" * 300):
        assert bo.post("/e/fair/qr", data={"text": text}).status_code == 400


@SQLITE
def test_markup_in_any_field_is_shown_as_text(stage: Stage) -> None:
    bad = "<script>x</script>\"'"
    stage.must("bo", "department.put", id="bad", name=bad, name_en=bad)
    fields = {"name": bad, "name_en": bad, "title": bad, "title_en": bad, "department": "bad", "pass_no": bad}
    stage.must("bo", "member.edit", id="dan", set=fields)
    bo = stage.browser("bo")
    for path in ("/e/fair/people", "/e/fair/people/dan"):
        assert "<script>x" not in bo.get(path).text
    card = stage.browser().post("/join/look", data={"secret": stage.link("dan")})
    assert "<script>x" not in card.text


def _member(stage: Stage, member_id: str) -> Any:  # noqa: ANN401 - the member, or None
    with stage.services.db.read() as session:
        return session.get(Member, ("fair", member_id))


def _sessions(stage: Stage, member_id: str) -> list[str]:
    page = stage.browser("bo").get(f"/e/fair/people/{member_id}").text
    return [part.split('"')[0] for part in page.split('id="browser-')[1:]]


def _touched(stage: Stage, member: str, since: int) -> set[tuple[str, str]]:
    """(kind, id) of what a member is told has changed since."""
    changes = stage.browser(member).get(f"/api/events/fair/changes?since={since}").json()["changes"]
    return {(change["of"], change["entity"]) for change in changes}
