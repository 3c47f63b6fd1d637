import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from openpyxl import Workbook as Book

from server.runsheet.imports.book import Cell, FileRefusedError, Limits, Workbook, text_of
from tests.runsheet.imports.files import (
    SHEET,
    book_of,
    conference,
    csv_bytes,
    patched,
    saved,
    shared,
    with_part,
    xlsx,
)

SMALL = Limits(rows=3, cell_chars=20)


def refusal(raw: bytes, limits: Limits | None = None) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as caught:
        book_of(raw, limits)
    return caught.value


def texts(raw: bytes) -> list[list[str]]:
    return [[text_of(cell) for cell in row.values()] for row in book_of(raw).sheets[0].rows.values()]


def test_a_workbook_survives_its_way_through_json() -> None:
    book = book_of(conference())
    assert Workbook.from_json(book.to_json()) == book


def test_a_sheet_that_declares_a_million_rows_has_those_with_content() -> None:
    sheet = book_of(conference()).sheets[0]
    assert max(sheet.rows) == 7
    assert sheet.merges == [(1, 1, 1, 6), (1, 7, 1, 8), (2, 2, 2, 3)]


def test_a_formula_without_a_stored_value_is_told_apart_from_an_empty_cell() -> None:
    sheet = book_of(conference()).sheets[0]
    assert sheet.cell(3, 3) == Cell("formula", "")
    assert sheet.cell(5, 7) is None


def test_a_formula_with_a_stored_value_is_its_value() -> None:
    raw = patched(xlsx([("=1+1",)]), SHEET, lambda xml: re.sub(r"<v ?/>|<v></v>", "<v>2</v>", xml))
    assert book_of(raw).sheets[0].cell(1, 1) == Cell("number", 2)


@pytest.mark.parametrize(
    ("number", "form", "cell"),
    [
        (0.5625, "h:mm", Cell("clock", 48_600)),
        (1.0208333333, "[h]:mm", Cell("clock", 88_200)),
        (1.0208333333, "h:mm", Cell("clock", 88_200)),
        (42670, "yyyy-mm-dd", Cell("date", "2016-10-27")),
        (42670.375, 'yyyy"年"m"月"d"日" hh:mm', Cell("moment", "2016-10-27T09:00:00")),
        (42670.375, "h:mm", Cell("moment", "2016-10-27T09:00:00")),
        (0.00243055556, "mm:ss", Cell("clock", 210)),
        (2958465, "yyyy-mm-dd", Cell("date", "9999-12-31")),
        (7, "000", Cell("text", "007")),
        (12.5, "0.00", Cell("number", 12.5)),
        (3, '[Red]"hour"0', Cell("number", 3)),
        (-1, "h:mm", Cell("number", -1)),
        (1e300, "yyyy-mm-dd", Cell("number", 1e300)),
    ],
)
def test_the_format_says_what_a_number_means(number: float, form: str, cell: Cell) -> None:
    book = Book()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = number
    sheet["A1"].number_format = form
    assert book_of(saved(book)).sheets[0].cell(1, 1) == cell


def test_hidden_sheets_and_rows_are_read_and_told() -> None:
    book = Book()
    sheet = book.active
    assert sheet is not None
    sheet.append(["流程"])
    sheet.append(["藏起來"])
    sheet.row_dimensions[2].hidden = True
    book.create_sheet("舊版").append(["x"])
    book["舊版"].sheet_state = "hidden"
    read = book_of(saved(book))
    assert [sheet.hidden for sheet in read.sheets] == [False, True]
    assert read.sheets[0].hidden_rows == {2}
    assert [(finding.code, finding.params) for finding in read.findings] == [
        ("hidden_sheets", {"names": ["舊版"]})
    ]


def test_rich_text_is_read_without_the_reading_aid() -> None:
    raw = shared("<r><t>舞</t></r><r><t>台</t></r><rPh><t>ブタイ</t></rPh>", "<t>13:30</t>")
    assert texts(raw) == [["舞台"], ["13:30"]]


def test_control_characters_and_lone_surrogates_do_not_come_in() -> None:
    assert texts(shared("<t>A_x0000__xD800_\u202eB_x000D_\nC</t>")) == [["AB\nC"]]
    long = "長" * 200
    assert texts(f"a\x00\u200b,\ufeffb\x0bc\n{long}".encode()) == [["a", "b\nc"], [long]]


def test_a_long_cell_is_cut_and_told() -> None:
    for raw in (xlsx([("流程", "字" * 30)]), csv_bytes([("流程", "字" * 100_000)])):
        sheet = book_of(raw, SMALL).sheets[0]
        assert text_of(sheet.cell(1, 2)) == "字" * 20
        assert [(finding.code, finding.cell) for finding in sheet.findings] == [("value_truncated", "B1")]


def test_only_rows_with_content_count_for_the_limit() -> None:
    assert len(book_of(xlsx([("a",), *[()] * 5000, ("b",)]), SMALL).sheets[0].rows) == 2


@pytest.mark.parametrize("make", [xlsx, csv_bytes], ids=["xlsx", "csv"])
def test_too_many_rows_are_refused(make: Callable[..., bytes]) -> None:
    error = refusal(make([(n,) for n in range(300)]), SMALL)
    assert (error.code, error.params["limit"]) == ("too_many_rows", 3)


def test_a_sheet_that_is_too_long_does_not_spoil_the_others() -> None:
    book = book_of(xlsx([("流程",)], 名單=[(n,) for n in range(300)]), SMALL)
    assert [sheet.name for sheet in book.usable] == ["流程"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n\xef\xbb\xbf", "file_empty"),
        (csv_bytes([("", " ")]), "file_empty"),
        (xlsx([()]), "file_empty"),
        (b"%PDF-1.7 ...", "file_not_spreadsheet"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "file_not_spreadsheet"),
        (b"\x7fELF" + bytes(range(256)) * 4, "file_not_spreadsheet"),
        (b"<html><table><tr><td>1", "file_not_spreadsheet"),
        (b'{"cues": [1]}', "file_not_spreadsheet"),
        (b"PK\x03\x04 and then nothing", "file_broken"),
        (b'{"rundowns": [', "file_broken"),
        (
            b'<!DOCTYPE schedule [<!ENTITY a "a">]><schedule><day><title>&a;</title></day></schedule>',
            "xml_bomb",
        ),
        (xlsx([("a",)])[:-60], "file_broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_legacy_xls"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "file_encrypted",
        ),
    ],
)
def test_what_is_no_spreadsheet_is_refused_by_name(raw: bytes, code: str) -> None:
    assert refusal(raw).code == code


def test_other_documents_in_a_zip_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    assert refusal(out.getvalue()).params == {"format": "zip"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("readme.txt", "hello")
    assert refusal(out.getvalue()).params == {"format": "zip"}


def test_a_file_over_the_limit_is_refused_with_both_sizes() -> None:
    error = refusal(b"a,b\n" * 100, replace(SMALL, file_bytes=100))
    assert (error.code, error.params) == ("file_too_large", {"limit": 100, "size": 400})


def test_a_zip_bomb_is_refused_by_what_it_declares() -> None:
    assert refusal(with_part(xlsx([("a",)]), "xl/media/image1.png", bytes(30_000_000))).code == "zip_bomb"
    many = replace(Limits(), entries=5)
    assert refusal(xlsx([("a",)]), many).code == "zip_bomb"


def test_what_is_inflated_is_bounded_in_all() -> None:
    assert refusal(xlsx([("a",)]), replace(Limits(), inflated_bytes=3000)).code == "zip_bomb"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_xml_with_a_document_type_is_refused(part: str, doctype: str) -> None:
    assert refusal(patched(shared("<t>a</t>"), part, lambda xml: doctype + xml)).code == "xml_bomb"


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "_rels/.rels"])
def test_broken_xml_is_refused(part: str) -> None:
    assert refusal(patched(xlsx([("a",)]), part, lambda xml: xml[: len(xml) // 2])).code == "file_broken"


def test_references_to_nowhere_do_no_harm() -> None:
    def spoil(xml: str) -> str:
        return xml.replace("<v>1</v>", "<v>99</v>").replace('t="s"><v>0</v>', "><v>1e999</v>")

    assert book_of(patched(shared("<t>a</t>", "<t>b</t>"), SHEET, spoil)).sheets[0].rows == {
        1: {1: Cell("error", "#NUM!")}
    }
    assert (
        refusal(patched(xlsx([("a",)]), SHEET, lambda xml: xml.replace('r="A1"', 'r="1A"'))).code
        == "file_broken"
    )


def test_prefixed_xml_and_cells_without_references_are_read() -> None:
    def prefixed(xml: str) -> str:
        xml = re.sub(r' r="[AB]1"', "", xml).replace("xmlns=", "xmlns:x=")
        return xml.replace("<", "<x:").replace("<x:/", "</x:")

    assert texts(patched(xlsx([("a", "b")]), SHEET, prefixed)) == [["a", "b"]]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp950"])
def test_a_chinese_csv_is_read_in_any_usual_charset(charset: str) -> None:
    rows = [("時間", "流程", "備註"), ("13:30", "司儀開場，長官致詞", "燈光全暗")]
    assert texts(csv_bytes(rows, charset)) == [list(row) for row in rows]


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_wide_characters_without_a_mark_are_known_by_their_line_ends(charset: str) -> None:
    text = "時間\t流程名稱與說明\n開場\t司儀歡迎大家來到這裡，請各位就座準備開始\n"
    assert texts(text.encode(charset))[1] == ["開場", "司儀歡迎大家來到這裡，請各位就座準備開始"]


@pytest.mark.parametrize(
    ("charset", "extension"), [("cp950", "碁銹裏粧嫺①€"), ("big5hkscs", "着嘅咗"), ("utf-8", "堃")]
)
def test_rare_characters_and_a_torn_byte_do_not_spoil_a_file(charset: str, extension: str) -> None:
    raw = csv_bytes([("時間", "流程"), ("13:30", f"歡迎{extension}樂團與長官致詞")], charset)
    assert texts(raw)[1] == ["13:30", f"歡迎{extension}樂團與長官致詞"]
    if charset != "big5hkscs":
        assert texts(raw + b"14:00,\xe5\n")[1:][0] == ["13:30", f"歡迎{extension}樂團與長官致詞"]


def test_a_western_csv_is_not_taken_for_chinese() -> None:
    book = book_of(
        csv_bytes([("Uhrzeit", "Titel"), ("09:00", "Eröffnung für Gäste"), ("10:00", "Begrüßung")], "cp1252")
    )
    assert text_of(book.sheets[0].cell(2, 2)) == "Eröffnung für Gäste"
    assert [finding.params for finding in book.findings] == [{"charset": "cp1252"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = [("Time", "Title", "Note"), ("9:00", "Doors, gates; all", "a"), ("10:00", "Show", "b")]
    assert texts(csv_bytes(rows, delimiter=delimiter)) == [list(row) for row in rows]


def test_a_line_that_names_the_delimiter_is_no_row() -> None:
    assert texts(b"sep=;\nTime;Title\n9:00;a,b\n") == [["Time", "Title"], ["9:00", "a,b"]]


def test_quotes_and_newlines_stay_within_their_cell() -> None:
    assert texts(b'a,"b\r\nc ""d"" ,"\r\n"=1+1",2\r\n') == [["a", 'b\nc "d" ,'], ["=1+1", "2"]]


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows() -> None:
    sheet = book_of(b'time,title\n9:00,"12 inch\n10:00,b\n11:00,c\n').sheets[0]
    assert len(sheet.rows) == 4
    assert [finding.code for finding in sheet.findings] == ["quote_never_closed"]
