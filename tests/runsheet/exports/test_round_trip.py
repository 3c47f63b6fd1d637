"""What goes out as a file comes back in as the same sheet."""

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from server.core.clock import from_iso
from server.runsheet.exports.cells import Row, Sheet
from server.runsheet.exports.csv_text import write_csv
from server.runsheet.exports.xlsx import write_xlsx
from tests.runsheet.exports.sheets import NAMES, brought_back, compared, plain_row, sheet_of, trees
from tests.runsheet.imports.files import saved

Write = Callable[[Sheet], bytes]
WAYS = pytest.mark.parametrize("write", [write_xlsx, write_csv])


@WAYS
@given(made=trees(), locale=st.sampled_from(["zh-TW", "en"]))
@settings(max_examples=15, deadline=None)
def test_every_field_of_every_row_comes_back(write: Write, made: list[Row], locale: str) -> None:
    back = brought_back(write(sheet_of(made, locale)))
    assert list(map(compared, back)) == list(map(compared, made))


@WAYS
def test_where_clocks_are_set_back_each_moment_comes_back(write: Write) -> None:
    """In Berlin it is 02:30 twice that night; only with its offset from UTC is it clear which is meant."""
    starts = [from_iso(f"2027-10-31T02:30:00+0{hours}:00") for hours in (2, 1)]
    made = [plain_row(day="2027-10-30", start=start) for start in starts]
    back = brought_back(write(sheet_of(made) | {"zone": "Europe/Berlin"}), zone="Europe/Berlin")
    assert [row["start"] for row in back] == starts


@WAYS
def test_days_move_together_when_the_sheet_comes_to_another_event(write: Write) -> None:
    made = [
        plain_row(day=day, start=from_iso(f"{day}T23:30:00+08:00")) for day in ("2027-04-10", "2027-04-11")
    ]
    back = brought_back(write(sheet_of(made)), first_day=date(2028, 1, 1), shift=True)
    assert [row["day"] for row in back] == ["2028-01-01", "2028-01-02"]
    assert back[1]["start"] == from_iso("2028-01-02T23:30:00+08:00")


@WAYS
def test_in_an_event_without_these_columns_they_are_made(write: Write) -> None:
    cells = {"light": {"zh-TW": "全亮", "en": "Full"}, "note2": {"zh-TW": "60"}}
    [row] = brought_back(write(sheet_of([plain_row(columns=cells)])), NAMES | {"columns": []})
    assert list(row["columns"].values()) == list(cells.values())


def test_what_somebody_changed_in_excel_comes_in_as_they_meant_it() -> None:
    book = load_workbook(io.BytesIO(write_xlsx(sheet_of([plain_row(title="開場"), plain_row(title="演出")]))))
    sheet = book.active
    assert sheet is not None
    heads = {cell.value: place for place, cell in enumerate(sheet[1], 1)}
    changed = {"開始": "1430", "時長": "1'30\"", "負責人": "許庭瑋,路人", "最短": "5分", "列別": "換場"}
    for name, text in changed.items():
        sheet.cell(3, heads[name], text)
    row = brought_back(saved(book))[1]
    assert (row["start"], row["duration_s"]) == (from_iso("2027-04-10T14:30:00+08:00"), 90)
    assert (row["people"], row["note"], row["kind"]) == (["wei"], "負責:路人", "buffer")
    assert (row["min_s"], row["flagged"]) == (None, ["duration_out_of_range"])


def test_no_cell_of_a_csv_is_a_formula() -> None:
    made = [plain_row(title=text, note=text) for text in ("=1+1", "+1", "-1", "@A1", "'=1", "plain")]
    cells = [
        cell
        for record in csv.reader(io.StringIO(write_csv(sheet_of(made)).decode("utf-8-sig")))
        for cell in record
    ]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    made = [plain_row(title="=1+1", note="https://example.com", number="007")]
    sheet = load_workbook(io.BytesIO(write_xlsx(sheet_of(made)))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value} <= {
        "s",
        "n",
        "d",
    }
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]


def test_a_sheet_without_rows_is_a_file_all_the_same() -> None:
    for write in (write_xlsx, write_csv):
        assert brought_back(write(sheet_of([]))) == []
