"""What is JSON for us, and what is not."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core import strict_json
from server.core.strict_json import MAX_DEPTH, BadJsonError, dumps, dumps_long, loads

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_what_we_write_we_read_again(value: object) -> None:
    assert loads(dumps(value)) == value


@given(plain)
def test_a_long_document_is_written_the_same(value: object) -> None:
    assert dumps_long(value) == dumps(value)


def test_a_long_list_is_not_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def counted(value: object) -> bytes:
        written.append(len(dumps(value)))
        return dumps(value)

    monkeypatch.setattr(strict_json, "dumps", counted)
    dumps_long({"entities": {"cue": [{"title": "開場"}] * 500}})
    assert max(written) < 50


@given(st.binary(max_size=40))
def test_any_bytes_are_a_value_or_a_refusal(raw: bytes) -> None:
    with suppress(BadJsonError):
        loads(raw)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a": 1, "a": 1}', "duplicate_key"),
        (b'[{"a": {"b": 1, "b": 2}}]', "duplicate_key"),
        (b"NaN", "not_a_number"),
        (b"[-Infinity]", "not_a_number"),
        (b"1e999", "not_a_number"),
        (b"9" * 5000, "not_a_number"),
        (rb'"\ud800"', "lone_surrogate"),
        (rb'{"\udfff": 1}', "lone_surrogate"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "too_deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
        (b'"\xff"', "not_utf8"),
        (b'"\xed\xa0\x80"', "not_utf8"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b"{'a': 1}", "not_json"),
        (b"[1] 2", "not_json"),
        (b"", "not_json"),
    ],
)
def test_what_others_let_pass_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(BadJsonError) as refused:
        loads(raw)
    assert refused.value.code == code


def test_a_surrogate_pair_is_text() -> None:
    assert loads(rb'"\ud83d\ude00"') == "😀"


def test_brackets_within_a_text_are_no_depth() -> None:
    assert loads(json.dumps(["[{" * 100]).encode()) == ["[{" * 100]


def test_nothing_that_is_no_number_is_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps(float("nan"))
