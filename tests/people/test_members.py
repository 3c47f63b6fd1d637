"""Who is in an event, and what they may do."""

import hashlib
from typing import Any

import pytest
from sqlmodel import select

from server.core.ops import Prepared, prepare
from server.core.writer import Submission
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


def test_an_id_in_use_harms_no_neighbour_in_the_same_commit(stage: Stage) -> None:
    ops = [
        prepare(
            stage.services.ops, {"id": f"op-{each}", "op": "member.add", "args": {"id": each, "name": each}}
        )
        for each in ("hal", "dan", "ida")
    ]
    batch = Submission("fair", "bo", [op for op in ops if isinstance(op, Prepared)], stage.now())
    results = stage.services.writers.submit(batch).result(10)
    assert [result["status"] for result in results] == ["applied", "rejected", "applied"]
    assert _member(stage, "ida").name == "ida"


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
def test_a_coordinator_takes_nothing_from_an_owner_and_cannot_act_as_one(
    stage: Stage, op: str, args: Json
) -> None:
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


def test_a_phone_number_is_for_the_team_and_not_for_vendors_and_clients(stage: Stage) -> None:
    def phones(member: str) -> dict[str, str]:
        state = stage.browser(member).get("/api/events/fair/state?kinds=contact,member").json()
        assert "0900000001" not in str(state["entities"]["member"])
        return {contact["id"]: contact["phone"] for contact in state["entities"]["contact"]}

    assert phones("eve")["dan"] == "0900000001"
    assert phones("fay") == {}
    assert phones("gus") == {}


@pytest.mark.parametrize("member", ["fay", "gus", "eve"])
def test_roles_tracks_and_passes_are_for_the_team_and_not_for_vendors_and_clients(
    stage: Stage, member: str
) -> None:
    fields = {"pass_no": "RS-77", "roles": ["caller"], "tracks": ["river"], "title": "舞監"}
    stage.must("bo", "member.edit", id="dan", set=fields)
    browser = stage.browser(member)
    state = browser.get("/api/events/fair/state").json()["entities"]
    dan = next(one for one in state["member"] if one["id"] == "dan")
    assert dan.keys() == {"id", "version", "name", "name_en", "title", "title_en", "department"}
    told = str([state, browser.get("/api/events/fair/changes?since=0").json(), browser.get("/e/fair").text])
    is_told = {word: word in told for word in ("RS-77", "river")}
    assert set(is_told.values()) == {member == "eve"}
    contacts = {one["id"]: one for one in state["contact"]}
    assert ("dan" in contacts) == (member == "eve")
    if member == "eve":
        assert {name: contacts["dan"][name] for name in ("pass_no", "roles", "tracks")} == {
            name: fields[name] for name in ("pass_no", "roles", "tracks")
        }


def test_what_is_mine_is_told_to_me_alone(stage: Stage) -> None:
    for member in ("amy", "bo", "dan", "gus"):
        state = stage.browser(member).get("/api/events/fair/state?kinds=me").json()
        assert [me["id"] for me in state["entities"]["me"]] == [member]


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
