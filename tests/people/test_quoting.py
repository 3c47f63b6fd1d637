"""Names that rows quote: who has a new name takes along what shows it, for those who see it."""

from tests.people.stage import Stage


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
    stage.must(
        "bo", "cue.add", id="c1", title="換場", track="main", note_for={"stage": "搬鼓", "light": "暗"}
    )
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


def _touched(stage: Stage, member: str, since: int) -> set[tuple[str, str]]:
    """(kind, id) of what a member is told has changed since."""
    changes = stage.browser(member).get(f"/api/events/fair/changes?since={since}").json()["changes"]
    return {(change["of"], change["entity"]) for change in changes}
