"""Names of a file and those of the event."""

from datetime import date
from typing import Any

import pytest

from server.runsheet.import_names import FIRST_TRACK, Namer, folded, ids_by_name, new_names, prefix_after
from server.runsheet.imports import Options, Result, build_rows, guess
from tests.runsheet.imports.files import book_of, csv_bytes

HEAD = ("時間", "流程", "地點", "負責人", "組別", "特效")
KNOWN: dict[str, Any] = {
    "tracks": [["main", "主舞台", "Main stage"], ["river", "河岸", ""]],
    "places": [["gate", "入口", "Gate"]],
    "departments": [["stage", "舞台組", ""]],
    "people": [["wei", "許庭瑋", "Wei Hsu"], ["mei", "陳美玲", ""], ["mei2", "陳美玲", ""]],
    "columns": [["light", "燈光", ""]],
    "last": {"tracks": "V", "columns": None},
    "responsible": "負責：%(names)s",
}
EMPTY: dict[str, Any] = {name: [] for name in ("tracks", "places", "departments", "people", "columns")} | {
    "last": {"tracks": None, "columns": None},
    "responsible": "%(names)s",
}


def result(*rows: tuple[str, ...]) -> Result:
    book = book_of(csv_bytes([HEAD, *rows]))
    return build_rows(book, guess(book), Options(date(2027, 4, 10)))


def test_a_name_is_the_same_however_it_is_written() -> None:
    assert folded(" Ａ區　 Main\tGate ") == folded("a區 main gate") == "a區 main gate"


def test_ids_and_both_languages_are_names() -> None:
    assert ids_by_name(KNOWN["tracks"]) == {
        "main": "main",
        "主舞台": "main",
        "main stage": "main",
        "river": "river",
        "河岸": "river",
    }


def test_of_two_with_one_name_it_is_the_first_or_neither() -> None:
    assert ids_by_name(KNOWN["people"])["陳美玲"] == "mei"
    assert "陳美玲" not in ids_by_name(KNOWN["people"], sole=True)


def test_what_is_new_is_told_before_it_is_made() -> None:
    found = result(
        ("13:00", "一", "Gate", "許庭瑋、阿明", "餐飲組", "火"),
        ("14:00", "二", "河堤", "陳美玲", "舞台組", ""),
    )
    assert new_names(found, KNOWN, "") == {
        "tracks": [], "places": ["河堤"], "people": ["阿明", "陳美玲"], "departments": ["餐飲組"], "columns": ["特效"],
    }  # fmt: skip
    assert new_names(found, KNOWN, "夜間舞台")["tracks"] == ["夜間舞台"]
    assert new_names(found, EMPTY, "")["tracks"] == [FIRST_TRACK]


def test_rows_quote_ids_and_what_is_new_comes_with_them() -> None:
    found = result(("13:00", "一", "河堤", "許庭瑋", "舞台組", "火"), ("14:00", "二", " 河堤", "", "", ""))
    namer = Namer(KNOWN, "j1", "")
    first, second = namer.rows(found)
    assert (first["id"], first["track"], first["people"], first["departments"]) == (
        "j1-0",
        "main",
        '["wei"]',
        '["stage"]',
    )
    [place] = namer.new(found)["places"]
    assert first["place"] == second["place"] == place["id"]
    assert [column["order_key"] for column in namer.new(found)["columns"]] == ["V"]
    assert first["order_key"] < second["order_key"]


def test_the_same_new_name_has_the_same_id_in_every_import() -> None:
    rows = [Namer(KNOWN, job, "").rows(result(("13:00", "一", "河堤")))[0] for job in ("j1", "j2")]
    assert rows[0]["place"] == rows[1]["place"]


def test_a_long_note_keeps_the_names_at_its_end() -> None:
    found = result(("13:00", "一", "", "阿明、阿德"))
    found.rows[0]["note"] = "長" * 4000
    [row] = Namer(KNOWN, "j1", "").rows(found)
    assert len(row["note"]) == 4000
    assert row["note"].endswith("…\n負責：阿明、阿德")


@pytest.mark.parametrize("last", ["V", "VV", "zz", "zzx", "z", "0zz", "y1", "az0Q", "zzzz", "zzzzw4"])
def test_order_keys_of_an_import_come_after_the_last(last: str) -> None:
    prefix = prefix_after(last)
    assert prefix > last
    assert len(prefix) <= len(last) + 3


def test_order_keys_stay_short_over_many_imports() -> None:
    last = ""
    for _ in range(500):
        prefix = prefix_after(last)
        assert prefix + "0C" > last
        last = f"{prefix}w4"
    assert len(last) == 6
