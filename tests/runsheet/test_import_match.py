"""Rows of a file find their like among the sheet's by track, time and title, each once, whatever their ids."""

import time
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.order import between
from server.runsheet.import_match import Row, likeness, match
from server.runsheet.import_place import keys_for, out_of_order

DAY, NEXT = "2027-04-10", "2027-04-11"
TITLES = ("開場", "換場", "山嵐列車", "山嵐列車 安可", "致詞", "")

rows = st.builds(
    Row,
    level=st.sampled_from(["item", "item", "segment"]),
    track=st.sampled_from(["main", "river"]),
    day=st.sampled_from([DAY, NEXT]),
    start=st.none() | st.integers(0, 5).map(lambda hour: hour * 3_600_000),
    title=st.sampled_from(TITLES),
    number=st.just(""),
    content=st.sampled_from([(), ("藍",)]),
)
sheets = st.lists(rows, max_size=12)


def item(title: str, start: int | None = None, track: str = "main", day: str = DAY, number: str = "") -> Row:
    return Row("item", track, day, start, title, number)


def likes(file: Sequence[Row], sheet: Sequence[Row]) -> list[int | None]:
    return match(file, sheet)


@given(sheets)
def test_every_row_is_its_own_like(sheet: list[Row]) -> None:
    found = match(sheet, sheet)
    assert [sheet[place] for place in found if place is not None] == sheet
    assert sorted(place for place in found if place is not None) == list(range(len(sheet)))


@given(sheets, sheets)
def test_each_row_is_taken_once_and_on_its_level(file: list[Row], sheet: list[Row]) -> None:
    found = match(file, sheet)
    taken = [place for place in found if place is not None]
    assert len(taken) == len(set(taken))
    assert all(file[n].level == sheet[place].level for n, place in enumerate(found) if place is not None)
    assert match(file, sheet) == found


@given(sheets, sheets)
def test_no_row_is_left_alone_while_its_equal_is(file: list[Row], sheet: list[Row]) -> None:
    found = match(file, sheet)
    alone = {row for n, row in enumerate(file) if found[n] is None and row.title}
    assert alone.isdisjoint(sheet[n] for n in range(len(sheet)) if n not in found)


def test_of_rows_that_are_called_alike_those_that_say_the_same_belong_together() -> None:
    plain, blue = item("開場"), item("開場")._replace(content=("藍",))
    assert likes([plain, blue], [blue, plain]) == [1, 0]
    # When one begins says more than what stands beside its title.
    early, late = item("演出", 2), item("演出", 3)._replace(content=("藍",))
    assert likes([early._replace(content=("藍",))], [late, early]) == [1]


def test_the_surest_claim_comes_first() -> None:
    sheet = [item("演出", 2), item("演出", 3), item("謝幕", 4)]
    assert likes([item("演出", 3), item("演出", 9)], sheet) == [1, 0]


def test_of_changeovers_each_stays_behind_its_act() -> None:
    acts = [item(title) for title in ("甲", "換場", "乙", "換場", "丙", "換場")]
    assert likes([acts[0], acts[1], *acts[4:]], acts) == [0, 1, 4, 5]


def test_another_time_another_day_and_another_track_are_found() -> None:
    sheet = [item("開場", 1), item("致詞", 2), item("演出", 3)]
    assert likes([item("開場", 5)], sheet) == [0]
    assert likes([item("致詞", 9, day=NEXT)], sheet) == [1]
    assert likes([item("演出", 3, track="river")], sheet) == [2]


def test_a_title_that_stands_twice_elsewhere_is_nobodys() -> None:
    sheet = [item("休息", 1), item("休息", 2)]
    assert likes([item("休息", 9, track="river", day=NEXT)], sheet) == [None]


def test_a_title_that_was_reworded_is_known_by_its_time_or_its_place() -> None:
    sheet = [item("開場", 1), item("山嵐列車", 2), item("謝幕", 3)]
    assert likes([item("山嵐列車 feat. 阿明", 2)], sheet) == [1]
    assert likes([item("開場", 1), item("山嵐列車樂團", 7)], sheet) == [0, 1]
    assert likes([item("完全不同", 2)], sheet) == [None]
    assert likes([item("待定", 2, number="7")], [item("山嵐列車", 2, number="7")]) == [0]


def test_likeness_is_symmetric_and_bounded() -> None:
    assert likeness(item("開場致詞"), item("開場")) == likeness(item("開場"), item("開場致詞"))
    assert likeness(item(""), item("開場")) == 0


def test_five_thousand_rows_take_no_longer_than_their_number_asks() -> None:
    def seconds(count: int) -> float:
        file = [item(f"第 {n % 40} 項", n // 40) for n in range(count)]
        sheet = [item(f"第 {n % 40} 項 ", n // 40 + 1) for n in range(count)]
        begin = time.process_time()
        match(file, sheet)
        return time.process_time() - begin

    small, large = (min(seconds(count) for _ in range(3)) for count in (500, 5_000))
    assert large < 40 * small


@given(st.lists(st.integers(0, 30), unique=True, max_size=20))
def test_the_fewest_rows_move(places: list[int]) -> None:
    late = out_of_order(places)
    staying = [place for n, place in enumerate(places) if n not in late]
    assert staying == sorted(staying)
    if places == sorted(places):
        assert not late


@settings(max_examples=200)
@given(st.data())
def test_rows_that_are_put_stand_where_the_file_has_them(data: st.DataObject) -> None:
    standing: list[tuple[str, str]] = []
    for n in range(data.draw(st.integers(0, 8))):
        standing.append((between(standing[-1][0] if standing else None, None), f"s{n}"))
    named = [row_id for _, row_id in standing if data.draw(st.booleans())]
    wanted: list[tuple[str, bool]] = []
    for row_id in [*named, "end"]:
        count = data.draw(st.integers(0, 3))
        wanted += [(f"new-{row_id}-{n}", True) for n in range(count)]
        wanted += [(row_id, False)] if row_id != "end" else []
    keys = {row_id: key for key, row_id in standing} | keys_for(standing, wanted)
    ordered = [row_id for row_id, _ in wanted]
    assert sorted(ordered, key=keys.__getitem__) == ordered
    assert len(set(keys.values())) == len(keys)
    whole = sorted(keys, key=keys.__getitem__)
    assert [row_id for row_id in whole if row_id.startswith("s")] == [row_id for _, row_id in standing]


def test_a_thousand_rows_in_a_row_have_short_keys() -> None:
    keys = keys_for(
        [("a", "x"), ("b", "y")], [("x", False), *((f"n{n}", True) for n in range(1000)), ("y", False)]
    )
    assert max(map(len, keys.values())) < 8
    assert all("a" < key < "b" for key in keys.values())
