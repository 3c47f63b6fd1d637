from dataclasses import replace

import pytest

from server.runsheet.imports.book import Cell, FileRefusedError, Limits, text_of
from tests.runsheet.imports.files import book_of
from tests.runsheet.imports.importing import imported, minutes, told
from tests.runsheet.imports.ods_files import (
    cell,
    clock,
    day,
    detailed_ods,
    number,
    ods,
    row,
    zipped,
)

MILLION = 1_048_576


def first(*cells: str) -> dict[int, Cell]:
    return book_of(ods(row(*cells))).sheets[0].rows[1]


def refusal(raw: bytes) -> str:
    with pytest.raises(FileRefusedError) as caught:
        book_of(raw)
    return caught.value.code


def test_a_detailed_sheet_comes_in_with_its_parents_and_clocks() -> None:
    result = imported(detailed_ods())
    assert minutes(result) == [
        ("開場", "-", 0),
        ("司儀開場", "13:30", 5),
        ("長官致詞", "13:35", 655),
        ("散場", "-", 0),
        ("散場", "24:30", 10),
    ]
    assert [entry["parent"] for entry in result.rows] == [None, 0, 0, None, 3]
    assert [entry["people"] for entry in result.rows[1:3]] == [["阿明"], ["小華"]]
    assert ("formula_without_value", "D3") in told(result)


def test_a_million_declared_rows_and_columns_cost_nothing() -> None:
    empty = cell(t_number_columns_repeated="16384")
    sheet = book_of(ods(row("流程"), row(empty, times=MILLION), row("尾"))).sheets[0]
    assert (list(sheet.rows), sheet.width) == ([1], 1)


def test_what_is_repeated_stands_as_often_as_it_says_within_bounds() -> None:
    sheet = book_of(ods(row(cell("a", t_number_columns_repeated="3"), "b"), row("c", times=2))).sheets[0]
    assert [[text_of(one) for one in cells.values()] for cells in sheet.rows.values()] == [
        ["a", "a", "a", "b"], ["c"], ["c"],
    ]  # fmt: skip
    assert refusal(ods(row("c", times=MILLION))) == "too_many_rows"
    wide = cell("a", t_number_columns_repeated="9999999")
    assert refusal(ods(*[row(*[wide] * 50)] * 40)) == "too_many_cells"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (clock("PT13H30M00S"), Cell("clock", 48_600)),
        (clock("PT25H10M05.5S"), Cell("clock", 90_605)),
        (clock("P1DT01H"), Cell("clock", 90_000)),
        (day("2027-04-10"), Cell("date", "2027-04-10")),
        (day("2027-04-10T13:30:00"), Cell("moment", "2027-04-10T13:30:00")),
        (day("1899-12-30T13:30:00"), Cell("clock", 48_600)),
        (number(12.5), Cell("number", 12.5)),
        (number(7, "007"), Cell("text", "007")),
        (cell("TRUE", value_type="boolean", boolean_value="true"), Cell("bool", value=True)),
        (cell("2", t_formula="of:=1+1", value_type="float", value="2"), Cell("number", 2)),
        (cell("", t_formula="of:=1+1"), Cell("formula", "")),
        (cell("#REF!", t_formula="of:=[.X1]", value_type="string"), Cell("error", "#REF!")),
        (cell("Err:502", t_formula="of:=1/a"), Cell("error", "Err:502")),
        (cell("一\n二"), Cell("text", "一\n二")),
        (clock("yesterday"), Cell("text", "shown otherwise")),
    ],
)
def test_a_cell_is_what_its_type_says(written: str, read: Cell) -> None:
    assert first(written) == {1: read}


def test_white_space_and_remarks_are_told_from_text() -> None:
    spaced = '<text:p>a<text:s text:c="2"/>b<text:tab/><text:span>c</text:span><text:line-break/>d</text:p>'
    remark = "<office:annotation><text:p>look here</text:p></office:annotation>"
    assert first(f"<table:table-cell>{remark}{spaced}</table:table-cell>") == {1: Cell("text", "a  b c\nd")}


def test_merged_ranges_hidden_rows_and_hidden_sheets_are_kept() -> None:
    hide = '<style:style style:name="舊版"><style:table-properties table:display="false"/></style:style>'
    wide = cell("標題", t_number_columns_spanned="3", t_number_rows_spanned="2")
    book = book_of(
        ods(row(wide), row(""), row("藏", more='table:visibility="collapse"'), styles=hide, 舊版=[row("x")])
    )
    assert book.sheets[0].merges == [(1, 1, 2, 3)]
    assert book.sheets[0].hidden_rows == {3}
    assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [("流程", False), ("舊版", True)]
    assert [finding.code for finding in book.findings] == ["hidden_sheets"]


def test_what_is_no_plain_spreadsheet_is_refused() -> None:
    locked = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    assert refusal(ods(row("a"), manifest=locked)) == "file_encrypted"
    assert refusal(zipped({})) == "file_broken"
    assert refusal(zipped({"content.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'})) == "xml_bomb"
    assert refusal(zipped({"content.xml": "<office:document-content><table:table"})) == "file_broken"
    assert refusal(zipped({"content.xml": f"<a>{' ' * 30_000_000}</a>"})) == "zip_bomb"


def test_no_more_sheets_are_read_than_a_run_sheet_has() -> None:
    few = replace(Limits(), sheets=2)
    book = book_of(ods(row("a"), b=[row("b")], c=[row("c")]), few)
    assert [sheet.name for sheet in book.sheets] == ["流程", "b"]
    assert [finding.params for finding in book.findings] == [{"count": 1}]
