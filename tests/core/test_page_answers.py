"""What a page gets with the answer to its ops, when its person's rights change while the ops wait."""

import json
import threading
import time
from typing import Any

import pytest

from server.core.ids import new_id
from server.core.ops import Prepared, prepare
from server.core.writer import Submission
from tests.core.test_handful import held_up
from tests.support.served import Served
from tests.support.show import Json, Show

SECRET = "只給燈光的話"
REMOVED = ("member.remove", {"id": "mei"})
MOVED = ("member.edit", {"id": "mei", "set": {"department": "sound", "roles": ["client"]}})
RENAMED = ("member.edit", {"id": "rui", "set": {"name": "瑞"}})


@pytest.fixture
def stage(served: Served) -> Served:
    """A published row of the sheet."""
    served.show.add("a")
    served.show.do("rui", "sheet.publish")
    return served


def offer(show: Show, who: str, name: str, args: Json) -> Submission:
    op = prepare(show.services.ops, {"id": new_id(), "op": name, "args": args})
    assert isinstance(op, Prepared)
    submission = Submission(show.event, who, [op], show.clock.now())
    show.services.writers.submit(submission)
    return submission


def answered(served: Served, change: tuple[str, Json]) -> dict[str, Any]:
    """Mei's answer; behind her op, but before the answer, a change comes and then a note for the light department."""
    body = json.dumps({"ops": [{"id": new_id(), "op": "cue.ready", "args": {"id": "a"}}]}).encode()
    served.token("mei")
    replies: list[dict[str, Any]] = []
    ask = threading.Thread(
        target=lambda: replies.append(served.ask("mei", "POST", "/e/{event}/ops?view=", body).json)
    )
    with held_up(served.show):
        ask.start()
        time.sleep(0.5)
        note = {"cue": "a", "department": "light", "text": SECRET}
        behind = [offer(served.show, "hui", *change), offer(served.show, "rui", "note.put", note)]
    ask.join()
    assert [each.done.result(10)[0]["status"] for each in behind] == ["applied", "applied"]
    return replies[0]


@pytest.mark.parametrize("change", [REMOVED, MOVED], ids=["removed", "moved"])
def test_whose_rights_changed_while_their_ops_waited_gets_no_row_by_the_old_ones(
    stage: Served, change: tuple[str, Json]
) -> None:
    reply = answered(stage, change)
    assert [result["status"] for result in reply["results"]] == ["applied"]
    assert reply["html"] == ""


def test_whoever_is_still_who_they_were_gets_all_rows_that_changed_meanwhile(stage: Served) -> None:
    assert SECRET in answered(stage, RENAMED)["html"]
