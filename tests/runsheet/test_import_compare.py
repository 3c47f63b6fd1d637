"""A file and the sheet, as random as coordinators are: what differs, and that taking it ends that."""

import random
from datetime import date
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from server.runsheet.import_compare import compare
from server.runsheet.import_names import Namer
from server.runsheet.import_plan import plain_rows
from server.runsheet.imports import Mapping, Options, build_rows, guess
from server.runsheet.imports.book import Workbook
from tests.runsheet.imports.files import book_of, csv_bytes
from tests.support.comparing import Comparer
from tests.support.importing import Importer
from tests.support.show import DAY, Show

HEAD = ("段落", "時間", "流程", "地點", "備註", "負責人", "light")
KNOWN: dict[str, Any] = {name: [] for name in ("tracks", "places", "departments", "people", "columns")} | {
    "last": {"tracks": None, "columns": None},
    "responsible": "負責：%(names)s",
}

lines = st.tuples(
    st.sampled_from(["", "", "", "上半場", "下半場"]),
    st.sampled_from(["", "13:00", "13:30", "14:00", "15:00", "24:30"]),
    st.sampled_from(["開場", "換場", "演出", "演出 二", "謝幕"]),
    st.sampled_from(["", "gate", "河堤"]),
    st.sampled_from(["", "小心台階"]),
    st.sampled_from(["", "許庭瑋", "阿明"]),
    st.sampled_from(["", "紅", "藍"]),
)
files = st.lists(lines, min_size=1, max_size=9)


def rows_of(book: Workbook, mapping: Mapping, job: str) -> list[dict[str, Any]]:
    options = Options(first_day=date.fromisoformat(DAY))
    return plain_rows(Namer(KNOWN, job, "").rows(build_rows(book, mapping, options)))


def standing(rows: list[dict[str, Any]], ids: list[str]) -> list[dict[str, Any]]:
    """The rows as they would stand in the sheet, under these ids."""
    name = dict(zip((row["id"] for row in rows), ids, strict=True)) | {None: None}
    return [
        row | {"id": name[row["id"]], "parent": name[row["parent"]], "runs": [], "hand": frozenset()}
        for row in rows
    ]


@given(files, st.randoms(use_true_random=False))
def test_a_file_that_is_there_differs_in_nothing_whatever_the_ids(
    lines: list[tuple[str, ...]], chance: random.Random
) -> None:
    book = book_of(csv_bytes([HEAD, *lines]))
    mapping = guess(book)
    rows = rows_of(book, mapping, "new")
    ids = [f"old-{n}" for n in range(len(rows))]
    chance.shuffle(ids)
    found = compare(mapping, rows, standing(rows, ids), ["old"], "source")
    assert (found.added, found.changed, found.moved, found.missing) == ([], [], [], [])
    assert found.same == len(rows)


@given(files, files, st.randoms(use_true_random=False))
def test_other_ids_give_the_same_differences(
    first: list[tuple[str, ...]], second: list[tuple[str, ...]], chance: random.Random
) -> None:
    old, new = (book_of(csv_bytes([HEAD, *lines])) for lines in (first, second))
    mapping = guess(new)
    rows, there = rows_of(new, mapping, "new"), rows_of(old, guess(old), "old")
    ids = [f"old-{n}" for n in range(len(there))]
    other = [f"old-{n}" for n in chance.sample(range(100), len(there))]
    one = compare(mapping, rows, standing(there, ids), ["old"], "source")
    two = compare(mapping, rows, standing(there, other), ["old"], "source")
    name = dict(zip(ids, other, strict=True))
    assert {pair.place: name[pair.there["id"]] for pair in one.pairs} == {
        pair.place: pair.there["id"] for pair in two.pairs
    }
    assert (one.added, len(one.missing)) == (two.added, len(two.missing))


def opening(section: str = "", time: str = "", place: str = "", note: str = "") -> tuple[str, ...]:
    return section, time, "開場", place, note, "", ""


# A segment on a track of its own holds a row of another track, among rows that are all called alike.
ALIKE = [
    *[opening()] * 2,
    opening(note="小心台階"),
    *[opening()] * 2,
    opening(time="14:00", place="河堤"),
    opening("上半場"),
    opening(time="14:00", place="gate"),
]


# Two tracks by their places come in; the next file has none of them, and rows that are all called alike.
TWO_TRACKS = [
    *[opening()] * 2,
    opening(time="13:00", place="河堤"),
    opening("上半場"),
    opening(time="13:00", place="gate"),
]
ONE_TRACK = [*[opening()] * 3, opening("上半場"), opening()]


# Each example makes two previews, a job and an undo: few of them, and more where that is wanted.
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example([opening()], ALIKE)
@example(TWO_TRACKS, ONE_TRACK)
@given(files, files)
def test_taking_all_ends_all_differences_and_taking_it_back_or_nothing_changes_nothing(
    rui: Importer, first: list[tuple[str, ...]], second: list[tuple[str, ...]]
) -> None:
    show: Show = rui.show.house.show()
    show.tick(60)
    hui = Comparer(show)
    hui.bring_in(csv_bytes([HEAD, *first]), first_day=DAY)
    before = told(hui)
    upload = hui.send(csv_bytes([HEAD, *second]))
    hui.finish(hui.update_args(upload))
    assert told(hui) == before
    update = hui.update(upload, everything=True)
    assert update.result["kept"] == 0, update.result
    assert hui.differences(upload) == {}
    assert hui.do("import.undo", id=update.id)["result"]["kept"] == 0
    assert told(hui) == before


def told(hui: Comparer) -> list[dict[str, Any]]:
    return [row.model_dump(exclude={"version", "versions"}) for row in hui.rows()]
