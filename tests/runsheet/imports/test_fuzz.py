"""Whatever stands in a file and however its columns are mapped: rows or a refusal, never a crash."""

import json
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.runsheet.imports.book import Cell, FileRefusedError, Limits, Sheet, Workbook
from server.runsheet.imports.drafts import Options
from server.runsheet.imports.guessing import guess
from server.runsheet.imports.mapping import Mapping, Source
from server.runsheet.imports.rows import Result, build_rows
from server.runsheet.imports.words import FIELDS, REPEATABLE
from tests.runsheet.imports.files import book_of, csv_bytes, detailed_sheet

LIMITS = Limits(rows=200)
steady = settings(
    deadline=None, max_examples=80, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

WORDS = st.sampled_from(
    """時間 流程 時長 結束 日期 地點 大活動名稱 備註 13:30 24:30 00:10 -5 D1 4/10 9999-12-31 0000-00-00 接續
    視現場 T-1:00
    換場 9:00-8:00 1'30"
    99999999999 ² ١٢:٣٠ NaN 1e999 =1+1 group-end cue segment 週五 #ff0000 ✓ 演出：a""".split()  # noqa: SIM905
)
TEXTS = WORDS | st.text(max_size=12) | st.characters(categories=("Cs", "Cc", "Cf", "Nd", "No"))
CELLS = (
    st.builds(Cell, st.just("text"), TEXTS)
    | st.builds(Cell, st.just("number"), st.floats(allow_nan=False, allow_infinity=False))
    | st.builds(Cell, st.just("clock"), st.integers(0, 3 * 86_400))
    | st.builds(Cell, st.just("date"), st.dates().map(str))
    | st.builds(Cell, st.just("moment"), st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}"))
    | st.sampled_from([Cell("bool", value=True), Cell("error", "#REF!"), Cell("formula", "")])
)
SPANS = st.tuples(st.integers(1, 8), st.integers(1, 8), st.integers(0, 6), st.integers(0, 6)).map(
    lambda span: (span[0], span[1], span[0] + span[2], span[1] + span[3])
)
OPTIONS = st.builds(
    Options,
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    shift=st.booleans(),
    zone=st.sampled_from(["Asia/Taipei", "America/St_Johns", "UTC"]),
    day_change_s=st.integers(0, 43_200),
    tracks=st.sampled_from(["auto", "one", "places"]),
    skip_hidden=st.booleans(),
)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    rows = draw(
        st.dictionaries(
            st.integers(1, 12), st.dictionaries(st.integers(1, 8), CELLS, min_size=1, max_size=8), max_size=10
        )
    )
    return Sheet(
        "s", rows=dict(sorted(rows.items())), merges=draw(st.lists(SPANS, max_size=4)), hidden_rows={3}
    )


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    sources, taken = [], set()
    for column in range(1, 9):
        field = draw(st.sampled_from(FIELDS))
        if field in taken and field not in REPEATABLE:
            field = "ignore"
        taken.add(field)
        key, unit = (
            (f"k{column}" if field == "column" else ""),
            draw(st.sampled_from(["", "min", "s", "h", "h:mm", "m:ss"])),
        )
        sources.append(Source(column, "x", field, key, new=True, unit=unit, split=draw(st.booleans())))
    header = draw(st.sampled_from([(), (1,), (1, 2)]))
    return Mapping(
        "s", header, draw(st.integers(1, 4)), tuple(sources), draw(st.sampled_from(["", "2016-10-27", "x"]))
    )


def check(result: Result, *, is_own: bool = False) -> None:
    """What every result keeps: parents before children, durations in bounds, texts that can be stored.

    Only a sheet of our own may have rows without a title, since ours may.
    """
    json.dumps(result.to_json()).encode()
    for place, row in enumerate(result.rows):
        assert row["parent"] is None or row["parent"] < place
        assert row["title"] or is_own
        assert 0 <= row["duration_s"] <= 7 * 86_400
        assert abs(row["offset_s"]) <= 86_400
        assert date.fromisoformat(row["day"])
        assert (row["start"] is not None) == (row["start_mode"] == "fixed")
        assert len(row["title"]) <= 200
        assert len(row["number"]) <= 24
        assert row["kind"] != "cue" or result.rows[row["parent"]]["kind"] in {"item", "buffer"}


@steady
@given(sheets(), mappings(), OPTIONS)
def test_any_cells_with_any_mapping_make_rows(sheet: Sheet, mapping: Mapping, options: Options) -> None:
    result = build_rows(Workbook("xlsx", [sheet]), Mapping.from_json(mapping.to_json()), options)
    check(result, is_own=bool(mapping.columns("level")))


@steady
@given(sheets(), OPTIONS)
def test_any_cells_can_be_guessed(sheet: Sheet, options: Options) -> None:
    book = Workbook("xlsx", [sheet])
    if sheet.rows:
        check(build_rows(book, guess(book), options))


@steady
@given(
    st.lists(
        st.lists(TEXTS.map(lambda text: text.encode("utf-8", "replace").decode()), max_size=6), max_size=8
    )
)
def test_any_table_of_texts_comes_in(rows: list[list[str]]) -> None:
    try:
        book = book_of(csv_bytes(rows), LIMITS)
    except FileRefusedError:
        return
    check(
        build_rows(
            Workbook.from_json(json.loads(json.dumps(book.to_json()))),
            guess(book),
            Options(date(2027, 4, 10)),
        )
    )


@steady
@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-16", "surrogatepass"))
)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        book_of(raw, LIMITS)
    except FileRefusedError as error:
        assert error.code  # noqa: PT017 - a refusal is fine, anything else is not


WHOLE = detailed_sheet()


@steady
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_workbook_with_a_flipped_byte_is_read_or_refused(place: int, value: int) -> None:
    try:
        book_of(WHOLE[:place] + bytes([value]) + WHOLE[place + 1 :], LIMITS)
    except FileRefusedError as error:
        assert error.code  # noqa: PT017
