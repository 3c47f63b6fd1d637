"""What arrives as an op is read strictly, and what is wrong is said in the user's words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.app import OPS
from server.core.access import Permission
from server.core.ops import (
    MAX_OPS,
    Args,
    Envelope,
    Line,
    Op,
    OpSet,
    Prepared,
    Text,
    plain,
    prepare,
    read_batch,
)
from server.core.strict_json import BadJsonError, dumps
from server.core.telling import BAD_JSON, Teller, why

ZH = Teller("zh-TW", "Asia/Taipei", {}, 0)
EN = Teller("en", "Asia/Taipei", {}, 0)


def fields(op: str, args: Any, /, **envelope: Any) -> dict[str, str]:  # noqa: ANN401 - whatever may arrive
    """What is wrong with an op, by path."""
    found = prepare(OPS, {"id": "x", "op": op, "args": args} | envelope)
    if isinstance(found, Prepared):
        return {}
    told = ZH.tell(found)["error"], EN.tell(found)["error"]
    assert all(error["message"] for error in told)
    wrong: dict[str, str] = told[0].get("fields", {"op": told[0]["code"]})
    return wrong


def edit(**values: Any) -> dict[str, str]:  # noqa: ANN401 - as above
    return fields("cue.edit", {"id": "a", "set": values})


GOOD: list[dict[str, Any]] = [
    {"title": "演出 1 · 山嵐列車 😀"},
    {"title": ""},
    {"start": None},
    {"start": "2027-04-10T14:36:00Z"},
    {"day": "2028-02-29"},
    {"offset_s": -86_400},
    {"duration_s": 604_800},
    {"columns": {"light": {"zh-TW": "", "en": "x"}}},
    {"people": ["a"] * 60},
]
BAD: list[tuple[dict[str, Any], str]] = [
    ({"title": "x" * 100_000}, "string_too_long"),
    ({"title": None}, "string_type"),
    ({"title": 5}, "string_type"),
    ({"title": ["x"]}, "string_type"),
    ({"note": "x" * 4001}, "string_too_long"),
    ({"number": "1" * 25}, "string_too_long"),
    ({"duration_s": -1}, "greater_than_equal"),
    ({"duration_s": 604_801}, "less_than_equal"),
    ({"duration_s": 10**400}, "less_than_equal"),
    ({"duration_s": 1.5}, "int_type"),
    ({"duration_s": "60"}, "int_type"),
    ({"duration_s": True}, "int_type"),
    ({"min_s": -5}, "greater_than_equal"),
    ({"offset_s": 86_401}, "less_than_equal"),
    ({"start": "9999-12-31T23:59:59Z"}, "time"),
    ({"start": "2027-04-10T14:36:00"}, "time"),
    ({"start": 1807329600000}, "time"),
    ({"end": "0001-01-01T00:00:00+14:00"}, "time"),
    ({"day": "2027-02-30"}, "day"),
    ({"day": "9999-01-01"}, "day"),
    ({"day": "20270410"}, "day"),
    ({"day": "2027-04-10\n"}, "day"),
    ({"kind": "act"}, "literal_error"),
    ({"hard": 1}, "bool_type"),
    ({"colour": "red"}, "string_pattern_mismatch"),
    ({"colour": "#aabbcc\n"}, "string_pattern_mismatch"),
    ({"place": "a b"}, "string_pattern_mismatch"),
    ({"place": ""}, "string_pattern_mismatch"),
    ({"place": "x" * 65}, "string_pattern_mismatch"),
    ({"people": ["../etc"]}, "string_pattern_mismatch"),
    ({"people": ["a"] * 61}, "too_long"),
    ({"people": "mei"}, "list_type"),
    ({"columns": {"a b": {}}}, "string_pattern_mismatch"),
    ({"columns": {"light": {"fr": "x"}}}, "literal_error"),
    ({"columns": {"light": "x"}}, "dict_type"),
    ({"columns": {f"c{n}": {} for n in range(61)}}, "too_long"),
    ({"state": "live"}, "extra_forbidden"),
    ({"version": 5}, "extra_forbidden"),
    ({"__class__": "x"}, "extra_forbidden"),
]


@pytest.mark.parametrize("values", GOOD, ids=str)
def test_what_is_right_is_taken(values: dict[str, Any]) -> None:
    assert edit(**values) == {}


@pytest.mark.parametrize(("values", "code"), BAD, ids=lambda value: str(value)[:60])
def test_what_is_wrong_is_named(values: dict[str, Any], code: str) -> None:
    wrong = edit(**values)
    assert set(wrong.values()) == {code}
    assert all(path.startswith(f"set.{next(iter(values))}"[:68]) for path in wrong)


@pytest.mark.parametrize(
    ("envelope", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "a b"}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"id": 5}, "id"),
        ({"at": "yesterday"}, "at"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "at"),
        ({"at": 5}, "at"),
        ({"at": "2" * 41}, "at"),
        ({"base_version": -1}, "base_version"),
        ({"base_version": "1"}, "base_version"),
        ({"base_version": 1.5}, "base_version"),
        ({"after_op": ""}, "after_op"),
        ({"user": "hui"}, "user"),
        ({"args": []}, "args"),
        ({"args": None}, "args"),
        ({"op": "x" * 65}, "op"),
        ({"op": 5}, "op"),
        ({"op": "cue.sing"}, "op"),
        ({"op": "import.insert"}, "op"),
        ({"op": "job.report"}, "op"),
    ],
)
def test_an_envelope_is_as_strict_as_its_content(envelope: dict[str, Any], field: str) -> None:
    assert list(fields("cue.edit", {"id": "a", "set": {"title": "x"}}, **envelope)) == [field]


@pytest.mark.parametrize("raw", [None, 5, "x", [], [{}], {}, {"id": "x"}, {"id": ["x"]}])
def test_what_is_no_op_is_refused(raw: object) -> None:
    found = prepare(OPS, raw)
    assert not isinstance(found, Prepared)
    assert found["status"] == "rejected"
    assert ZH.tell(found)["error"]["message"]


def test_a_huge_base_version_is_only_a_number() -> None:
    found = prepare(
        OPS,
        {"id": "x", "op": "cue.edit", "args": {"id": "a", "set": {"title": "x"}}, "base_version": 10**300},
    )
    assert isinstance(found, Prepared)


def test_a_fault_is_said_in_the_words_of_its_reader() -> None:
    found = prepare(
        OPS, {"id": "x", "op": "cue.edit", "args": {"id": "a", "set": {"title": "x" * 201, "duration_s": -5}}}
    )
    assert not isinstance(found, Prepared)
    assert EN.tell(found)["error"]["message"] == (
        "Check: Title is too long, at most 200 characters; Duration must be at least 0."
    )
    assert EN.tell(found)["error"]["fields"] == {
        "set.title": "string_too_long",
        "set.duration_s": "greater_than_equal",
    }


def test_a_cell_is_named_with_its_column() -> None:
    found = prepare(
        OPS, {"id": "x", "op": "cue.edit", "args": {"id": "a", "set": {"columns": {"light": {"en": 5}}}}}
    )
    assert not isinstance(found, Prepared)
    assert EN.tell(found)["error"]["message"] == "Check: Cell light.en must be a text."


def test_only_so_many_faults_are_told_and_only_so_much_of_each_name() -> None:
    found = prepare(
        OPS,
        {"id": "x", "op": "cue.edit", "args": {"id": "a", "set": {f"{n}{'x' * 1000}": 1 for n in range(99)}}},
    )
    assert not isinstance(found, Prepared)
    assert len(dumps(EN.tell(found))) < 4000


def test_every_argument_of_the_sheets_ops_has_a_name_for_people() -> None:
    for op in OPS.ops.values():
        if op.words:
            nameless = {name for name in op.args.model_fields if name not in op.words}
            assert nameless == set(), op.name


# --- texts


def test_texts_lose_what_no_field_may_hold_and_keep_the_rest() -> None:
    assert plain("  a\x00\x08b\tc\n\u202ed\u2066e\x7f\x85  ") == "ab\tc\nde"
    assert plain("👨‍👩‍👧 ‌ﷺ") == "👨‍👩‍👧 ‌ﷺ"


class Words(Args):
    line: Line
    text: Text


def test_a_line_is_one_line_and_a_text_may_be_many() -> None:
    words = Words(line="演出\r\n 1\t山嵐 ", text=" 一\n二 ")
    assert (words.line, words.text) == ("演出 1 山嵐", "一\n二")


def test_two_texts_that_differ_in_nothing_that_is_kept_are_the_same_op() -> None:
    one = prepare(OPS, {"id": "x", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}})
    other = prepare(OPS, {"id": "x", "op": "cue.edit", "args": {"id": "a", "set": {"title": " A\x00 "}}})
    third = prepare(
        OPS, {"id": "x", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A", "note": ""}}}
    )
    assert isinstance(one, Prepared)
    assert isinstance(other, Prepared)
    assert isinstance(third, Prepared)
    assert one.hash == other.hash != third.hash


# --- the registry and the body


def test_sets_of_ops_are_put_together() -> None:
    one, other = OpSet(words={"id": "Id"}), OpSet()

    @one.op("a", may=Permission.VIEW)
    def a(_ctx: object, args: Words) -> None: ...

    @other.op("b", may=Permission.MARK)
    def b(_ctx: object, args: Words) -> None: ...

    both = OpSet().include(one, other).ops
    assert both == {
        "a": Op("a", Permission.VIEW, Words, a, None, {"id": "Id"}),
        "b": Op("b", Permission.MARK, Words, b),
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "no_batch"),
        (b"{}", "no_batch"),
        (b'{"ops": {}}', "no_batch"),
        (b'{"ops": [], "more": 1}', "no_batch"),
        (dumps({"ops": [0] * (MAX_OPS + 1)}), "too_many_ops"),
        (b'{"ops": [}', "not_json"),
    ],
)
def test_what_is_no_batch_is_refused_with_a_sentence(body: bytes, code: str) -> None:
    with pytest.raises(BadJsonError) as refused:
        read_batch(body)
    assert refused.value.code == code
    assert code in BAD_JSON
    assert why(refused.value, "zh-TW") != why(refused.value, "en")


def test_a_batch_may_be_empty_or_full() -> None:
    assert read_batch(b'{"ops": []}') == []
    assert len(read_batch(dumps({"ops": [0] * MAX_OPS}))) == MAX_OPS


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(sorted(OPS.ops)) | st.text(max_size=10)
keys = st.sampled_from(
    ["id", "set", "after", "parent", "current", "text", "seconds", "columns", "title", "start"]
)
any_args = st.dictionaries(keys | st.text(max_size=8), json_values, max_size=4)


@given(
    st.fixed_dictionaries(
        {"id": st.text(max_size=5) | json_values, "op": names, "args": any_args | json_values},
        optional={"at": json_values, "base_version": json_values, "after_op": json_values, "x": json_values},
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_arrives_is_an_op_or_a_refusal_that_can_be_told(raw: dict[str, Any]) -> None:
    found = prepare(OPS, raw)
    if isinstance(found, Prepared):
        assert Envelope.model_validate(raw).op == found.op.name
        return
    for teller in (ZH, EN):
        told = teller.tell(found)
        assert told["error"]["message"]
        dumps(told)


def endless(schema: object, where: str = "") -> list[str]:
    """Where a schema takes whole numbers without a greatest one."""
    if isinstance(schema, list):
        return [found for each in schema for found in endless(each, where)]
    if not isinstance(schema, dict):
        return []
    here = (
        [where]
        if schema.get("type") == "integer" and not {"maximum", "exclusiveMaximum"} & set(schema)
        else []
    )
    return here + [found for name, part in schema.items() for found in endless(part, f"{where}/{name}")]


@pytest.mark.parametrize("name", sorted(OPS.ops))
def test_every_whole_number_that_an_op_takes_fits_into_a_database(name: str) -> None:
    found = endless(OPS.ops[name].args.model_json_schema())
    assert [where for where in found if "/base_version/" not in where] == []
