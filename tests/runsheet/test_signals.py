"""What a caller tells the host in silence, what the host answers, who hears of it, and what comes too late."""

import pytest
from sqlmodel import col, select

from server.core.models import Change
from tests.support.follower import Follower
from tests.support.show import Json, Show


@pytest.fixture
def stage(show: Show) -> Show:
    """Ming speaks on the main stage, Yu on the river's; an item runs on the main stage."""
    for member in ("ming", "yu"):
        show.do("hui", "member.add", id=member, name=member, roles=["host"])
    show.add("a", title="山嵐列車", people=["ming"])
    show.add("b", title="換場")
    show.do("wei", "cue.go", id="a", current=None)
    return show


def signal(show: Show, member: str = "ming") -> Json:
    found: Json = show.bodies(member, "signal")[0]
    return found


def send(show: Show, member: str = "wei", **args: object) -> Json:
    return show.do(member, "signal.send", **{"track": "main", "kind": "stretch", "minutes": 3} | args)


def test_the_host_hears_what_the_caller_sent_and_the_caller_what_the_host_answers(stage: Show) -> None:
    sent = send(stage, current="a")["result"]["seq"]
    told = signal(stage)
    assert (told["kind"], told["minutes"], told["cue"], told["by"]) == ("stretch", 3, "a", "wei")
    assert (told["sent"], told["reply"]) == (sent, "")
    stage.do("ming", "signal.answer", track="main", seq=sent, reply="got")
    heard = signal(stage, "wei")
    assert (heard["reply"], heard["replied_by"]) == ("got", "ming")
    stage.do("ming", "signal.answer", track="main", seq=sent, reply="mic")
    assert signal(stage, "wei")["reply"] == "mic", "they may say something else"


def test_neither_client_nor_vendor_hears_of_it(stage: Show) -> None:
    sent = send(stage)["result"]["seq"]
    for member in ("qin", "tong"):
        outside = Follower(stage, member)
        outside.catch_up()
        assert ("signal", "main") not in outside.held
        assert stage.bodies(member, "signal") == []
    refused = stage.refuse("tong", "signal.answer", track="main", seq=sent, reply="got")
    assert refused["code"] == "not_found"


def test_only_who_calls_the_track_sends_and_takes_back(stage: Show) -> None:
    for member in ("rui", "mei", "ming"):
        assert stage.refuse(member, "signal.send", track="main", kind="wrap")["code"] == "forbidden"
    assert stage.refuse("wei", "signal.send", track="river", kind="wrap")["code"] == "forbidden"
    assert stage.refuse("wei", "signal.send", track="none", kind="wrap")["code"] == "not_found"
    send(stage)
    assert stage.refuse("mei", "signal.clear", track="main")["code"] == "forbidden"


def test_nobody_answers_in_the_hosts_place(stage: Show) -> None:
    sent = send(stage)["result"]["seq"]
    for member in ("rui", "mei", "wei"):
        refused = stage.refuse(member, "signal.answer", track="main", seq=sent, reply="got")
        assert refused["code"] == "forbidden", member
    assert signal(stage)["reply"] == ""


def test_a_signal_about_an_item_that_has_ended_is_not_sent(stage: Show) -> None:
    stage.do("lan", "cue.go", id="b", current="a")
    late = stage.refuse("wei", "signal.send", track="main", kind="wrap", current="a")
    assert (late["code"], late["params"]["title"]) == ("too_late", "1 山嵐列車")
    assert stage.bodies("ming", "signal") == []


def test_an_answer_to_an_older_signal_is_told_what_is_newer(stage: Show) -> None:
    old = send(stage)["result"]["seq"]
    new = send(stage, "lan", kind="wrap")["result"]["seq"]
    late = stage.refuse("ming", "signal.answer", track="main", seq=old, reply="got")
    assert (late["code"], late["params"]["who"]) == ("newer", "lan")
    assert late["params"]["now"] == {"kind": "wrap", "minutes": None, "seq": new}
    assert signal(stage)["reply"] == ""


def test_of_two_who_answer_the_slower_is_told_who_was_first(stage: Show) -> None:
    sent = send(stage)["result"]["seq"]
    stage.do("ming", "signal.answer", track="main", seq=sent, reply="got")
    second = stage.refuse("yu", "signal.answer", track="main", seq=sent, reply="missing")
    assert (second["code"], second["params"]["who"]) == ("answered", "ming")
    assert signal(stage)["reply"] == "got"


def test_what_was_taken_back_is_gone_from_the_hosts_phone_and_not_answered(stage: Show) -> None:
    host = Follower(stage, "ming", "html")
    result = send(stage)
    host.catch_up()
    assert ("signal", "main") in host.held
    assert stage.undo("wei", result)["status"] == "applied"
    host.catch_up()
    assert ("signal", "main") not in host.held
    late = stage.refuse("ming", "signal.answer", track="main", seq=result["result"]["seq"], reply="got")
    assert (late["code"], late["params"]["who"]) == ("taken_back", "wei")


def test_undoing_an_older_signal_leaves_the_newer_one(stage: Show) -> None:
    old = send(stage)
    send(stage, kind="wrap")
    assert stage.undo("wei", old)["error"]["code"] == "newer"
    assert signal(stage)["kind"] == "wrap"


def test_the_log_keeps_what_was_said(stage: Show) -> None:
    sent = send(stage)["result"]["seq"]
    stage.do("ming", "signal.answer", track="main", seq=sent, reply="missing")
    with stage.services.db.read() as session:
        these = (Change.event_id == stage.event, Change.entity_kind == "signal")
        told = session.exec(select(Change).where(*these).order_by(col(Change.seq))).all()
    assert [(change.kind, change.actor) for change in told] == [
        ("signal.send", "wei"),
        ("signal.answer", "ming"),
    ]
    assert (told[0].detail["minutes"], told[1].detail["reply"]) == (3, "missing")
