"""The contract for machines, over real HTTP and real sockets, on both databases."""

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from server.core.ops import MAX_BODY, MAX_OPS
from server.core.security import Limits
from tests.support.served import Reply, Served

OPS = "/api/events/{event}/ops"


@pytest.fixture
def scene(served: Served) -> Served:
    """An item that is live on the main track, one behind it, a note of the light, an answer of Mei's."""
    served.do(
        "rui",
        "cue.add",
        id="a",
        track="main",
        title="山嵐列車",
        number="1",
        duration_s=600,
        note_for={"light": "暗場"},
    )
    served.do("rui", "cue.add", id="b", track="main", title="謝幕", number="2", duration_s=300)
    served.do("wei", "cue.go", id="a", current=None)
    served.do("mei", "cue.ready", id="b")
    return served


# --- ops


def test_a_batch_is_answered_in_order_with_the_head_after_it(served: Served) -> None:
    answer = served.send(
        "rui",
        {"id": "1", "op": "cue.add", "args": {"id": "a", "track": "main"}},
        {"id": "2", "op": "cue.edit", "args": {"id": "a", "set": {"duration_s": -5}}},
        {"id": "3", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}},
        {"id": "1", "op": "cue.add", "args": {"id": "a", "track": "main"}},
    )
    one, two, three, again = answer["results"]
    assert [result["status"] for result in answer["results"]] == [
        "applied",
        "rejected",
        "applied",
        "duplicate",
    ]
    assert answer["head"] == three["seq"] == one["seq"] + 1
    assert two["error"]["fields"] == {"set.duration_s": "greater_than_equal"}
    assert again == one | {"status": "duplicate", "first": "applied"}
    assert one["result"]["undo"] == {"op": "cue.remove", "args": {"id": "a"}, "base_version": one["seq"]}


def test_a_refused_op_is_explained_in_the_readers_language(scene: Served) -> None:
    late = {"op": "cue.go", "args": {"id": "b", "current": None}}
    [zh] = scene.send("lan", late)["results"]
    [en] = scene.send("lan", late, Accept_Language="en-GB,en;q=0.9")["results"]
    assert zh["status"] == en["status"] == "conflict"
    assert "許庭瑋" in zh["error"]["message"]
    assert re.fullmatch(r"Wei Hsu called first, at \d\d:\d\d:\d\d: 1 山嵐列車\.", en["error"]["message"])
    assert en["error"]["code"] == "already_called"
    assert en["error"]["who"] == "wei"
    assert en["error"]["when"].endswith("+08:00")
    assert en["error"]["now"] == {"current": "a", "state": "planned"}


@pytest.mark.parametrize(
    ("titles", "zh", "en"),
    [
        ({"title_en": "Mountain Train"}, "1 山嵐列車", "1 Mountain Train"),
        ({"title": "", "title_en": "Mountain Train"}, "1 Mountain Train", "1 Mountain Train"),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "refused",
    [
        {"op": "cue.go", "args": {"id": "b", "current": None}},
        {"op": "cue.standby", "args": {"id": "a"}},
        {"op": "cue.nudge", "args": {"id": "a", "seconds": 5}, "base_version": 1},
    ],
    ids=lambda op: op["op"],
)
def test_a_refused_call_names_the_row_in_the_readers_language_or_else_in_the_other(
    refused: dict[str, Any], titles: dict[str, str], zh: str, en: str, scene: Served
) -> None:
    scene.do("rui", "cue.edit", id="a", set=titles)
    for language, title in (("zh-TW", zh), ("en", en)):
        [result] = scene.send("lan", refused, Accept_Language=language)["results"]
        assert result["error"]["title"] == title
        assert title in result["error"]["message"]


def test_who_reads_english_is_answered_in_english(scene: Served) -> None:
    [result] = scene.send("emma", {"op": "cue.edit", "args": {"id": "a", "set": {"title": "x"}}})["results"]
    assert result["error"] == {"code": "forbidden", "message": "You may not do this."}


@pytest.mark.parametrize(
    "refused",
    [{"op": "cue.edit", "args": {"id": "c", "set": {"duration_s": -5}}}, {"op": "cue.sing", "args": {}}],
)
def test_what_builds_on_a_refused_op_of_its_batch_is_refused_and_may_be_sent_again(
    scene: Served, refused: dict[str, Any]
) -> None:
    add = {"id": "1", "op": "cue.add", "args": {"id": "c", "track": "main"}}
    edit = {"op": "cue.edit", "args": {"id": "c", "set": {"title": "謝幕後"}}}
    behind = [{"id": "3", "after_op": "2"} | edit, {"id": "4", "after_op": "3"} | edit]
    results = scene.send("rui", add, {"id": "2"} | refused, *behind)["results"]
    assert [result["status"] for result in results] == ["applied", "rejected", "rejected", "rejected"]
    assert [result["error"]["code"] for result in results[2:]] == ["after_refused", "after_refused"]
    right = {"id": "2", "op": "cue.edit", "args": {"id": "c", "set": {"duration_s": 5}}}
    assert [result["status"] for result in scene.send("rui", right, *behind)["results"]] == ["applied"] * 3


def test_what_builds_on_what_somebody_may_not_is_refused_with_it(scene: Served) -> None:
    go = {"id": "1", "op": "cue.go", "args": {"id": "b", "current": "a"}}
    ready = {"id": "2", "op": "cue.ready", "args": {"id": "b"}, "after_op": "1"}
    one, two = scene.send("mei", go, ready)["results"]
    assert (one["error"]["code"], two["error"]["code"]) == ("forbidden", "after_refused")


def test_an_empty_batch_is_a_batch(served: Served) -> None:
    assert served.send("mei") == {"results": [], "head": served.show.head}


def test_a_page_gets_the_rows_that_its_ops_changed(scene: Served) -> None:
    body = {
        "ops": [
            {"id": "x", "op": "cue.ready", "args": {"id": "a"}},
            {"id": "y", "op": "cue.sing", "args": {}},
        ]
    }
    reply = scene.ask("mei", "POST", "/e/{event}/ops?view=", json.dumps(body).encode())
    assert reply.status == 200
    assert [result["status"] for result in reply.json["results"]] == ["applied", "rejected"]
    assert 'id="mark-a:mei"' in reply.json["html"]
    assert "暗場" not in reply.json["html"]


# --- whole requests that fail


def test_a_pages_answer_brings_every_row_that_an_op_changed(served: Served) -> None:
    for cue in ("first", "second"):
        served.show.add(cue)
    served.show.do("wei", "cue.go", id="first", current=None)
    go = {"id": "go-2", "op": "cue.go", "args": {"id": "second", "current": "first"}}
    reply = served.ask("wei", "POST", "/e/{event}/ops?view=", json.dumps({"ops": [go]}).encode())
    rows = re.findall(r'id="cue-(\w+)"', reply.json["html"])
    assert sorted(rows) == ["first", "second"], "the one that ended and the one that began"
    again = served.ask("wei", "POST", "/e/{event}/ops?view=", json.dumps({"ops": [go]}).encode())
    assert (again.json["results"][0]["status"], again.json["html"]) == ("duplicate", "")


def problem(reply: Reply, status: int) -> dict[str, Any]:
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = reply.json
    assert {"type", "title", "status"} <= document.keys()
    assert document["status"] == status
    return document


BODIES: list[tuple[bytes, str]] = [
    (b"", "character 0"),
    (b"not json", "character 0"),
    (b'{"ops": [}', "character 9"),
    (b"[]", '{"ops": […]}'),
    (b'{"ops": [], "user": "hui"}', '{"ops": […]}'),
    (b'{"ops": [], "ops": []}', "twice"),
    (b'{"ops": [NaN]}', "number"),
    (b'{"ops": [1e999]}', "number"),
    (b'{"ops": [' + b"9" * 5000 + b"]}", "number"),
    (rb'{"ops": ["\ud800"]}', "surrogate"),
    (b'{"ops": ["\xff"]}', "UTF-8"),
    (b'{"ops": ' + b"[" * 40 + b"]" * 40 + b"}", "deep"),
    (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "deep"),
    (json.dumps({"ops": [0] * (MAX_OPS + 1)}).encode(), f"{MAX_OPS} ops"),
]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("body", "why"), BODIES, ids=lambda value: str(value)[:24])
def test_a_body_that_can_not_be_read_is_a_problem_that_says_why(
    served: Served, body: bytes, why: str
) -> None:
    head = served.show.head
    document = problem(served.ask("rui", "POST", OPS, body, Accept_Language="en"), 400)
    assert why in document["detail"]
    told = problem(served.ask("rui", "POST", OPS, body), 400)
    assert re.search("[一-鿿]", told["title"] + told["detail"])
    assert served.show.head == head


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_body_that_is_too_large_is_a_problem_and_one_that_just_fits_is_not(served: Served) -> None:
    problem(served.ask("rui", "POST", OPS, b" " * (MAX_BODY + 1)), 413)
    problem(served.ask("rui", "POST", OPS, b"[" * (10 << 20)), 413)
    filler = b'{"ops": []' + b" " * (MAX_BODY - 11) + b"}"
    assert served.ask("rui", "POST", OPS, filler).status == 200


def test_without_proof_and_in_a_foreign_event_there_is_nothing(scene: Served) -> None:
    for path in ("state", "changes"):
        url = f"/api/events/{{event}}/{path}"
        problem(scene.ask(None, "GET", url), 401)
        problem(scene.ask(None, "GET", url, Authorization="Bearer nonsense"), 401)
        problem(scene.ask(None, "GET", url, Authorization="Basic aHVpOmh1aQ=="), 401)
        problem(scene.ask("rui", "GET", f"/api/events/{scene.show.other}/{path}"), 404)
        problem(scene.ask("rui", "GET", f"/api/events/nowhere/{path}"), 404)
        eve = scene.token("eve", scene.show.other)
        problem(scene.ask(None, "GET", url, Authorization=f"Bearer {eve}"), 404)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_is_not_there_or_not_done_so_is_a_problem(served: Served) -> None:
    problem(served.ask("rui", "GET", "/api/events/{event}/nothing"), 404)
    problem(served.ask("rui", "GET", OPS), 405)
    problem(served.ask("rui", "DELETE", "/api/events/{event}/state"), 405)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_sends_too_much_is_asked_to_wait(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.show.services, "limits", Limits(lambda: 0))
    batch = json.dumps({"ops": [{}] * MAX_OPS}).encode()
    replies = [served.ask("mei", "POST", OPS, batch) for _ in range(8)]
    assert replies[0].status == 200
    refused = [reply for reply in replies if reply.status != 200]
    assert problem(refused[0], 429)
    assert int(refused[0].headers["retry-after"]) > 0
    assert served.ask("jun", "POST", OPS, b'{"ops": []}').status == 200


# --- state


def test_state_is_what_this_viewer_may_see_as_of_now(scene: Served) -> None:
    state = scene.get("mei", "state")
    assert state["head"] == scene.show.head
    assert state["epoch"] == f"epoch of {scene.show.event}"
    assert datetime.fromisoformat(state["now"]).utcoffset() is not None
    entities = state["entities"]
    assert [cue["id"] for cue in entities["cue"]] == ["a", "b"]
    assert [(note["id"], note["text"]) for note in entities["note"]] == [("a:light", "暗場")]
    assert [(mark["id"], mark["kind"]) for mark in entities["mark"]] == [("b:mei", "ready")]
    assert [me["id"] for me in entities["me"]] == ["mei"]
    assert {track["id"]: track["current"] for track in entities["track"]} == {"main": "a", "river": None}


def test_rows_carry_plan_calls_and_times(scene: Served) -> None:
    first, second = scene.get("rui", "state?kinds=cue")["entities"]["cue"]
    assert {
        *("number", "kind", "title", "title_en", "title_kind", "track", "place", "meeting", "day", "parent"),
        *(
            "start_mode",
            "start",
            "offset_s",
            "end_mode",
            "end",
            "duration_s",
            "min_s",
            "hard",
            "colour",
            "line",
        ),
        *("columns", "people", "departments", "note", "state", "skipped", "runs", "baseline", "order"),
        *("planned_start", "planned_end", "projected_start", "projected_end"),
    } <= first.keys()
    assert (first["state"], first["runs"][0]["end"]) == ("live", None)
    began = datetime.fromisoformat(first["runs"][0]["start"])
    ends = datetime.fromisoformat(first["projected_end"])
    assert began.utcoffset() is not None
    assert (ends - began).total_seconds() == 600
    assert datetime.fromisoformat(second["projected_start"]) == ends


def test_state_of_some_kinds_is_of_those_kinds_only(scene: Served) -> None:
    assert scene.get("mei", "state?kinds=note,nonsense,note")["entities"].keys() == {"note"}
    assert scene.get("mei", "state?kinds=nonsense")["entities"] == {}


def test_what_is_not_for_them_is_in_nobodys_state(scene: Served) -> None:
    for member in ("rui", "jun", "qin", "tong", "wei"):
        entities = scene.get(member, "state")["entities"]
        assert entities["note"] == []
        assert [me["id"] for me in entities["me"]] == [member]
    scene.do("hui", "member.edit", id="wei", set={"phone": "0912 345 678"})
    assert "0912" in json.dumps(scene.get("mei", "state"))
    for outsider in ("qin", "tong"):
        assert "0912" not in json.dumps(scene.get(outsider, "state"))


# --- changes


def test_changes_are_the_log_as_this_viewer_may_read_it(scene: Served) -> None:
    since = scene.show.head
    [result] = scene.send(
        "mei", {"id": "my-op", "op": "note.put", "args": {"cue": "b", "department": "light", "text": "全暗"}}
    )["results"]
    scene.do("rui", "cue.edit", id="b", set={"start": "2027-04-10T14:36:00+08:00", "title": "B"})
    mine = scene.get("mei", f"changes?since={since}")
    note, edit = mine["changes"]
    assert (note["seq"], note["actor"], note["op_id"], note["kind"]) == (
        result["seq"],
        "mei",
        "my-op",
        "note.put",
    )
    assert (note["of"], note["entity"], note["detail"]["text"]) == ("note", "b:light", "全暗")
    assert edit["detail"]["set"] == {"start": "2027-04-10T14:36:00+08:00", "title": "B"}
    assert (mine["head"], mine["last"]) == (scene.show.head, scene.show.head)
    theirs = scene.get("jun", f"changes?since={since}")
    assert [change["entity"] for change in theirs["changes"]] == ["b"]
    assert theirs["last"] == scene.show.head


def test_changes_never_tell_more_than_state_does(scene: Served) -> None:
    scene.do("hui", "member.edit", id="wei", set={"phone": "0912 345 678", "name": "許小瑋"})
    for member in ("qin", "tong", "mei"):
        log = scene.get(member, "changes?since=0")["changes"]
        assert "0912" not in json.dumps(log)
        assert "許小瑋" in json.dumps(log, ensure_ascii=False)
        assert "全暗" not in json.dumps(log, ensure_ascii=False)
    scene.do("rui", "cue.remove", id="b")
    gone = [change for change in scene.get("jun", "changes?since=0")["changes"] if change["of"] == "cue"][-1]
    assert (gone["entity"], gone["kind"], gone["detail"]) == ("b", "cue.remove", {})


def test_changes_come_in_pages(scene: Served) -> None:
    seen: list[int] = []
    since = 0
    while since < scene.show.head:
        page = scene.get("rui", f"changes?since={since}&limit=7")
        seen += [change["seq"] for change in page["changes"]]
        assert len(page["changes"]) <= 7
        assert page["last"] > since
        since = page["last"]
    whole = [change["seq"] for change in scene.get("rui", "changes?since=0")["changes"]]
    assert seen == whole == sorted(whole)


def test_ops_of_another_log_change_nothing_and_name_the_one_that_is(scene: Served) -> None:
    """After a backup was put back, the versions from which they were made are of a log that is no more."""
    scene.show.add("stale", title="原名")
    args = {"id": "stale", "set": {"title": "蓋掉"}}
    body = json.dumps({"ops": [{"id": "late", "op": "cue.edit", "args": args, "base_version": 900}]}).encode()
    refused = scene.ask("rui", "POST", "/api/events/{event}/ops?epoch=other", body, accept_language="zh-TW")
    epoch = f"epoch of {scene.show.event}"
    assert (refused.status, refused.json["epoch"], refused.json["status"]) == (409, epoch, 409)
    assert "紀錄重新開始了" in refused.json["title"]
    assert scene.show.cue("stale").title == "原名"
    path = f"/api/events/{{event}}/ops?epoch={quote(epoch)}"
    assert scene.ask("rui", "POST", path, body).json["results"][0]["status"] == "applied"


def test_a_cursor_of_another_epoch_or_beyond_the_head_starts_anew(scene: Served) -> None:
    assert scene.get("rui", "changes?since=0&epoch=other") == {"reset": "epoch"}
    assert scene.get("rui", f"changes?since={scene.show.head + 1}") == {"reset": "window"}
    assert (
        scene.get("rui", f"changes?since={scene.show.head}&epoch=epoch%20of%20{scene.show.event}")["changes"]
        == []
    )


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "query", ["since=-1", "since=x", "since=1.5", "since=²", f"since={'9' * 5000}", "limit=-5", "limit=%00"]
)
def test_a_cursor_that_is_no_number_is_a_problem(served: Served, query: str) -> None:
    query = query.replace("²", "%C2%B2")
    problem(served.ask("rui", "GET", f"/api/events/{{event}}/changes?{query}"), 400)


# --- live


async def test_a_socket_says_hello_and_then_what_changes(scene: Served) -> None:
    async with scene.live("mei") as socket:
        hello = await socket.next("hello")
        assert {"proto", "build", "now", "head", "epoch", "limits"} <= hello.keys()
        assert hello["head"] == scene.show.head
        result = scene.do("rui", "cue.edit", id="b", set={"title": "B"})
        frame = await socket.next("frame")
        assert (frame["chain"], frame["base"], frame["seq"]) == ("lens", hello["head"], result["seq"])
        [item] = frame["items"]
        assert (item["kind"], item["id"], item["seq"], item["body"]["title"]) == (
            "cue",
            "b",
            result["seq"],
            "B",
        )
        assert item["version"] == result["seq"]


async def test_a_note_reaches_its_department_and_nobody_else(scene: Served) -> None:
    async with (
        scene.live("mei") as mei,
        scene.live("jun") as jun,
        scene.live("rui") as rui,
        scene.live("qin") as qin,
    ):
        others = (jun, rui, qin)
        for socket in (mei, *others):
            await socket.next("hello")
        scene.do("emma", "note.put", cue="b", department="light", text="全暗")
        scene.do("rui", "cue.edit", id="b", set={"title": "B"})
        while not any(item["id"] == "b" for item in mei.items()):
            await mei.next("frame")
        assert [item["body"]["text"] for item in mei.items() if item["kind"] == "note"] == ["全暗"]
        for socket in others:
            await socket.next("frame")
            assert {item["kind"] for item in socket.items()} == {"cue"}
            assert "全暗" not in json.dumps(socket.messages, ensure_ascii=False)


@pytest.mark.parametrize(("member", "marks"), [("jun", {("mark", "b:mei")}), ("qin", set())])
async def test_what_is_removed_is_gone_and_what_comes_back_comes_back(
    scene: Served, member: str, marks: set[tuple[str, str]]
) -> None:
    """Marks are the team's; the client sees the row alone."""
    async with scene.live(member) as socket:
        await socket.next("hello")
        scene.do("rui", "cue.remove", id="b")
        gone = (await socket.next("frame"))["items"]
        assert {(item["kind"], item["id"]) for item in gone if item["gone"]} == {*marks, ("cue", "b")}
        scene.do("rui", "cue.restore", id="b")
        back = (await socket.next("frame"))["items"]
        assert {(item["kind"], item["id"]) for item in back if "body" in item} == {*marks, ("cue", "b")}


async def test_a_socket_catches_up_from_its_cursors(scene: Served) -> None:
    since = scene.show.head
    scene.do("rui", "cue.edit", id="a", set={"title": "A"})
    scene.do("rui", "cue.edit", id="b", set={"title": "B"})
    async with scene.live("mei", f"since={since}&own=0") as socket:
        frames = [await socket.next("frame"), await socket.next("frame")]
        chains = {frame["chain"]: frame for frame in frames}
        assert [item["id"] for item in chains["lens"]["items"]] == ["a", "b"]
        assert [(item["kind"], item["id"]) for item in chains["own"]["items"]] == [("me", "mei")]
        assert chains["lens"]["seq"] == scene.show.head


async def test_who_needs_more_asks_from_a_cursor(scene: Served) -> None:
    async with scene.live("mei") as socket:
        head = (await socket.next("hello"))["head"]
        await socket.say(type="need", since=head - 1, own=head)
        frame = await socket.next("frame")
        assert (frame["base"], frame["seq"]) == (head - 1, head)


async def test_a_ping_is_answered_with_the_time(scene: Served) -> None:
    async with scene.live("mei") as socket:
        await socket.say(type="ping", t=5)
        pong = await socket.next("pong")
        assert pong["t"] == 5
        assert datetime.fromisoformat(pong["now"])


async def test_a_cursor_of_another_epoch_is_told_to_fetch_anew(scene: Served) -> None:
    async with scene.live("mei", "since=1&own=1&epoch=other") as socket:
        assert (await socket.next("reset"))["reason"] == "epoch"
    async with scene.live("mei", f"since={scene.show.head + 9}") as socket:
        assert (await socket.next("reset"))["reason"] == "epoch"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"\x00\x01", 1003),
        ("not json", 1007),
        ('{"type": "ping", "type": "ping"}', 1007),
        ("[" * 100, 1007),
        ("x" * 70_000, 1009),
    ],
    ids=["binary", "no JSON", "twice", "deep", "long"],
)
async def test_who_says_what_is_no_message_is_cut_off(served: Served, said: bytes | str, code: int) -> None:
    async with served.live("mei") as socket:
        await socket.next("hello")
        await socket.connection.send(said)
        assert await socket.closed() == code


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_messages_that_mean_nothing_change_nothing(served: Served) -> None:
    async with served.live("mei") as socket:
        nonsense: list[object] = [
            {},
            {"type": "sing"},
            {"type": "need", "since": "x"},
            {"type": "editing", "id": 5},
            [],
        ]
        for said in nonsense:
            await socket.connection.send(json.dumps(said))
        await socket.say(type="ping", t="still there")
        assert (await socket.next("pong"))["t"] == "still there"


def test_the_document_of_the_contract_needs_no_token(served: Served) -> None:
    reply = served.ask(None, "GET", "/api/openapi.json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert "op.cue.go" in reply.json["components"]["schemas"]


def test_whoever_asks_for_no_changes_stays_where_they_are(served: Served) -> None:
    assert served.get("mei", "changes?since=3&limit=0")["last"] == 3
