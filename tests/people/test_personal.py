"""What is kept of one person: they get a copy of all of it, and its end leaves the log whole without them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select as select_rows
from sqlmodel import SQLModel, col, select

from server.app import OPS
from server.core.ids import new_id
from server.core.models import Change
from server.people.commands import COMMANDS, erase_person, tell_person
from server.people.personal import PERSONAL
from tests.people.stage import Stage, opened
from tests.support.examples import free_texts

# Hal, with a text of his own in everything that can be said of a person; and what it was before that.
HAL = {name: f"哈爾的{name}" for name in ("name", "name_en", "title", "title_en", "pass_no")}
HAL |= {"phone": "0911222333", "channel": "頻道七", "call_sign": "夜鷹"}
BEFORE = {"name": "從前的哈爾", "phone": "0944555666"}


@pytest.fixture
def stage(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    with opened(cast_url, tmp_path) as stage:
        stage.must("amy", "member.add", id="hal", department="stage", **HAL | BEFORE)
        stage.must("amy", "member.edit", id="hal", set=HAL)
        stage.must("amy", "cue.add", id="a", track="main", title="開場", people=["hal"])
        stage.must("hal", "comment.add", id="said", cue="a", text="收到")
        clash = {
            "id": new_id(),
            "op": "member.edit",
            "args": {"id": "hal", "set": {"phone": "1"}},
            "base_version": 1,
        }
        stage.browser("bo").post("/e/fair/ops", json={"ops": [clash]})
        stage.sign_in(stage.browser(), event_id="fair", member_id="hal")
        yield stage


def whole(stage: Stage) -> str:
    """All that is in the database, but for the account that signs Amy in."""
    with stage.services.db.read() as session:
        tables = SQLModel.metadata.sorted_tables
        return "\n".join(str(tuple(row)) for table in tables for row in session.execute(select_rows(table)))


def told_of_hal(text: str) -> set[str]:
    return {word for word in (*HAL.values(), *BEFORE.values()) if word in text}


def test_a_copy_has_all_that_is_kept_and_nothing_that_opens_anything(stage: Stage) -> None:
    kept = stage.browser("bo").get("/e/fair/people/hal/copy")
    assert kept.headers["content-disposition"].startswith("attachment")
    assert told_of_hal(kept.text) == {*HAL.values(), *BEFORE.values()}
    document: dict[str, list[dict[str, Any]]] = kept.json()
    assert {"member", "change", "browser_session", "cue", "cue_comment"} <= document.keys()
    assert [row["title"] for row in document["cue"]] == ["開場"]
    assert not [
        name
        for rows in document.values()
        for row in rows
        for name in row
        if "hash" in name or "secret" in name
    ]
    assert "0900000001" not in kept.text  # that is Dan's


def test_one_saves_ones_own_and_nobody_elses(stage: Stage) -> None:
    hal = stage.browser("hal")
    assert hal.get("/me/copy").json()["fair"]["member"][0]["phone"] == HAL["phone"]
    assert told_of_hal(stage.browser("eve").get("/me/copy").text) == set()
    assert hal.get("/e/fair/people/eve/copy").status_code == 403
    amy = stage.browser()
    amy.post("/sign-in", data={"email": "amy@example.com", "password": "three plain words"})
    copy = amy.get("/me/copy").json()
    assert copy["account"][0]["email"] == "amy@example.com"
    assert "password_hash" not in json.dumps(copy)


def test_erasing_leaves_no_word_of_them_and_every_entry_of_the_log(stage: Stage) -> None:
    assert told_of_hal(whole(stage)) == {*HAL.values(), *BEFORE.values()}
    before = _entries(stage)
    browser = stage.browser("hal")
    stage.must("amy", "member.erase", id="hal")
    assert told_of_hal(whole(stage)) == set()
    assert "Safari iPhone" not in "".join(r for r in whole(stage).splitlines() if "'hal'" in r)
    assert [entry[:3] for entry in _entries(stage)][: len(before)] == [entry[:3] for entry in before]
    stage.clock.advance(1)
    assert browser.get("/e/fair").status_code == 303
    state = stage.browser("bo").get("/api/events/fair/state").json()["entities"]
    assert [cue["title"] for cue in state["cue"]] == ["開場"]
    assert [comment["text"] for comment in state["comment"]] == ["收到"]
    changes = stage.browser("bo").get("/api/events/fair/changes?since=0").json()["changes"]
    assert told_of_hal(json.dumps(changes, ensure_ascii=False)) == set()


def test_what_was_edited_in_the_same_moment_is_erased_too(stage: Stage) -> None:
    stage.must_all(
        "amy",
        [("member.edit", {"id": "hal", "set": {"phone": "0977888999"}}), ("member.erase", {"id": "hal"})],
    )
    assert "0977888999" not in whole(stage)


def test_what_was_answered_of_somebody_else_in_the_same_moment_stays(stage: Stage) -> None:
    """Who sends it again gets the first answer, with what stood there then."""
    stage.must("amy", "member.edit", id="dan", set={"title": "總務"})
    clash = {
        "id": new_id(),
        "op": "member.edit",
        "args": {"id": "dan", "set": {"title": "採購"}},
        "base_version": 1,
    }
    erase = {"id": new_id(), "op": "member.erase", "args": {"id": "hal"}}
    amy = stage.browser("amy")
    first = amy.post("/e/fair/ops", json={"ops": [clash, erase]}).json()["results"]
    assert [result["status"] for result in first] == ["conflict", "applied"]
    again = amy.post("/e/fair/ops", json={"ops": [clash]}).json()["results"][0]
    assert again["error"]["now"] == first[0]["error"]["now"] == {"title": "總務"}


def test_somebody_who_was_removed_before_is_erased_too(stage: Stage) -> None:
    stage.must("amy", "member.remove", id="hal")
    assert told_of_hal(whole(stage))
    stage.must("amy", "member.erase", id="hal")
    assert told_of_hal(whole(stage)) == set()


def test_an_account_goes_with_its_last_event_and_opens_nothing(stage: Stage) -> None:
    stage.must("amy", "member.add", id="ada", name="ada", roles=["owner"])
    amy = stage.browser()
    form = {"email": "amy@example.com", "password": "three plain words"}
    assert amy.post("/sign-in", data=form).status_code == 303
    stage.must("ada", "member.erase", id="amy")
    assert "amy@example.com" not in whole(stage)
    stage.clock.advance(1)
    assert amy.get("/me").status_code == 303
    assert stage.browser().post("/sign-in", data=form).status_code == 422


def test_who_may_not_remove_somebody_erases_nobody(stage: Stage) -> None:
    refused = {who: stage.do(who, "member.erase", id=id_)["error"]["code"]
               for who, id_ in (("dan", "hal"), ("bo", "amy"), ("amy", "amy"), ("amy", "nobody"))}  # fmt: skip
    assert refused == {"dan": "forbidden", "bo": "owner_only", "amy": "not_found"}
    assert stage.do("amy", "member.erase", id="amy")["error"]["code"] == "self"
    assert stage.do("zoe", "member.erase", "other", id="hal")["error"]["code"] == "not_found"
    assert told_of_hal(whole(stage)) == {*HAL.values(), *BEFORE.values()}


def test_the_command_tells_and_erases_also_who_was_removed(stage: Stage) -> None:
    assert (COMMANDS["person"], COMMANDS["person-erase"]) == (tell_person, erase_person)
    stage.must("amy", "member.remove", id="hal")
    kept = tell_person(stage.services, "fair", "hal")
    assert kept
    assert kept["member"][0]["phone"] == HAL["phone"]
    assert erase_person(stage.services, "fair", "hal") == ""
    assert told_of_hal(whole(stage)) == set()
    assert tell_person(stage.services, "fair", "nobody") is None
    assert erase_person(stage.services, "fair", "nobody") == "not_found"
    assert erase_person(stage.services, "fair", "amy") == "not_found"  # nobody else owns it


def test_every_text_of_a_member_is_personal() -> None:
    schema = OPS.ops["member.add"].args.model_json_schema()
    texts = set(free_texts(schema, schema.get("$defs", {})))
    assert texts | {"phone", "department"} == PERSONAL


def _entries(stage: Stage) -> list[tuple[Any, ...]]:
    with stage.services.db.read() as session:
        found = select(Change.seq, Change.kind, Change.actor, Change.detail).where(Change.event_id == "fair")
        return [tuple(row) for row in session.exec(found.order_by(col(Change.seq)))]
