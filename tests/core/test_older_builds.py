"""A phone may send what it queued under an older build, for 30 days."""

import json
from typing import Any

import pytest

from scripts.ops import FILE, accepted
from server.app import OPS
from server.core.access import Permission
from server.core.ops import Args, Former, OpSet, Prepared, prepare

RELEASED: dict[str, Any] = json.loads(FILE.read_text())


class Greet(Args):
    name: str
    loud: bool = False


def greet(ctx: object, args: Greet) -> None:
    pass


@pytest.mark.parametrize("name", sorted(RELEASED))
def test_what_was_ever_accepted_still_is(name: str) -> None:
    if name in OPS.former:
        assert OPS.former[name].now in OPS.ops
        return
    assert set(RELEASED[name]["takes"]) <= set(accepted()[name]["takes"])
    assert set(accepted()[name]["needs"]) <= set(RELEASED[name]["needs"])


def test_every_op_is_written_down() -> None:
    assert set(OPS.ops) <= set(RELEASED), "run python -m scripts.ops"


def test_an_op_by_its_former_name_and_arguments_is_the_op_of_today() -> None:
    ops = OpSet()
    ops.op("crew.greet", may=Permission.VIEW)(greet)
    ops.former["crew.hello"] = Former("crew.greet", lambda args: {"name": args["who"]})
    everything = OpSet().include(ops)
    old = prepare(everything, {"id": "a", "op": "crew.hello", "args": {"who": "小安"}})
    new = prepare(everything, {"id": "a", "op": "crew.greet", "args": {"name": "小安"}})
    assert isinstance(old, Prepared)
    assert old == new


def test_what_nobody_ever_knew_is_refused() -> None:
    result = prepare(OPS, {"id": "a", "op": "crew.sing", "args": {}})
    assert isinstance(result, dict)
    assert result["error"]["code"] == "unknown_op"
