"""How people are reached on the radio: by the channel of their department or their own, and by a call sign."""

from tests.people.stage import Json, Stage


def contacts(stage: Stage, member: str) -> dict[str, tuple[str, str]]:
    """(call sign, channel) of everybody whom a member may reach."""
    state = stage.browser(member).get("/api/events/fair/state?kinds=contact,member,department").json()
    found = state["entities"].get("contact", [])
    assert "channel" not in str(state["entities"]["member"]) + str(state["entities"]["department"])
    return {one["id"]: (one["call_sign"], one["channel"]) for one in found}


def changes(stage: Stage, member: str, since: int) -> list[Json]:
    found: list[Json] = stage.browser(member).get(f"/api/events/fair/changes?since={since}").json()["changes"]
    return found


def test_who_has_no_channel_is_heard_on_that_of_their_department(stage: Stage) -> None:
    stage.must("bo", "department.put", id="stage", name="舞台組", channel="2")
    stage.must("bo", "member.edit", id="dan", set={"call_sign": "舞監"})
    assert contacts(stage, "eve")["dan"] == ("舞監", "2")
    stage.must("bo", "member.edit", id="dan", set={"channel": "1"})
    assert contacts(stage, "eve")["dan"] == ("舞監", "1")


def test_a_department_with_another_channel_takes_along_those_who_are_heard_on_it(stage: Stage) -> None:
    stage.must("bo", "member.add", id="lea", name="蕾雅", department="stage", channel="1")
    before = stage.head
    stage.must("bo", "department.put", id="stage", name="舞台組", channel="2")
    told = {(change["of"], change["entity"]) for change in changes(stage, "eve", before)}
    assert told == {("department", "stage"), ("contact", "dan")}


def test_who_moves_to_another_department_is_heard_on_its_channel(stage: Stage) -> None:
    stage.must("bo", "department.put", id="light", name="燈光組", channel="3")
    before = stage.head
    stage.must("bo", "member.edit", id="dan", set={"department": "light"})
    assert ("contact", "dan") in {
        (change["of"], change["entity"]) for change in changes(stage, "eve", before)
    }
    assert contacts(stage, "eve")["dan"] == ("", "3")


def test_clients_and_vendors_hear_neither_channel_nor_call_sign(stage: Stage) -> None:
    before = stage.head
    stage.must("bo", "department.put", id="stage", name="舞台組", channel="頻道九")
    stage.must("bo", "member.edit", id="dan", set={"call_sign": "密語", "channel": "頻道八"})
    for outsider in ("fay", "gus"):
        assert contacts(stage, outsider) == {}
        said = str(changes(stage, outsider, before)) + stage.browser(outsider).get("/e/fair").text
        assert not any(secret in said for secret in ("密語", "頻道八", "頻道九")), outsider
    assert all(secret in stage.browser("eve").get("/e/fair").text for secret in ("密語", "頻道八", "頻道九"))


def test_an_older_page_that_knows_no_channel_takes_none_away(stage: Stage) -> None:
    stage.must("bo", "department.put", id="stage", name="舞台組", channel="2")
    stage.must("bo", "department.put", id="stage", name="舞監組")
    assert contacts(stage, "eve")["dan"] == ("", "2")


def test_the_pages_about_people_show_and_take_them(stage: Stage) -> None:
    stage.must("bo", "department.put", id="stage", name="舞台組", channel="2")
    stage.must("bo", "member.edit", id="dan", set={"call_sign": "A 門", "channel": "4"})
    person, people = (stage.browser("bo").get(f"/e/fair/people{path}").text for path in ("/dan", ""))
    assert 'name="call_sign" type="text" value="A 門"' in person
    assert 'name="channel" type="text" value="4"' in person
    assert "A 門 · 頻道 4" in people
    assert 'name="channel" value="2"' in people
