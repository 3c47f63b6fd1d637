"""Run sheets of our own, with the oddities of those that people send."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from openpyxl import Workbook as Book

from server.runsheet.imports.book import Limits, Workbook
from server.runsheet.imports.reading import read

Row = Sequence[Any]
SHEET = "xl/worksheets/sheet1.xml"


def xlsx(rows: Iterable[Row], *merges: str, title: str = "流程", **more: Iterable[Row]) -> bytes:
    """A workbook of one sheet, and one more for each further name."""
    book = Book()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    for name, others in more.items():
        other = book.create_sheet(name)
        for row in others:
            other.append(list(row))
    return saved(book)


def saved(book: Book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def patched(workbook: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The workbook with the XML of one part changed by hand, for what no library would write."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content.decode()) if name == part else content)
    return out.getvalue()


def shared(*items: str) -> bytes:
    """A sheet whose first column holds these items (XML) of the strings that cells share, as Excel writes them."""
    strings = f"<sst>{''.join(f'<si>{item}</si>' for item in items)}</sst>"
    cells = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c></row>' for n in range(1, len(items) + 1)
    )
    made = patched(
        xlsx([()]),
        SHEET,
        lambda xml: re.sub("<sheetData ?/>|<sheetData></sheetData>", f"<sheetData>{cells}</sheetData>", xml),
    )
    relation = (
        '<Relationship Id="rId9" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    made = patched(made, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace("</Relationships>", relation))
    return with_part(made, "xl/sharedStrings.xml", strings.encode())


def with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one more part."""
    out = io.BytesIO(workbook)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr(name, content)
    return out.getvalue()


def csv_bytes(rows: Iterable[Row], charset: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(charset)


def book_of(raw: bytes, limits: Limits | None = None) -> Workbook:
    """The file read in this process."""
    return read(io.BytesIO(raw), limits or Limits())


def detailed_sheet() -> bytes:
    """A 細流: parents in merged cells over two columns, one item over two rows, a changeover."""
    head = ("大活動時間", "大活動名稱", "細時間", "組別/區域", "事項", "備註", "器材", "負責人", "人員")
    rows: list[Row] = [
        ("河岸音樂節 細流 2027/4/10(六)",),
        head,
        ("13:30-14:00", "開場", "13:30", "舞台組", "司儀開場", "看提詞", "手麥 1", "阿明", "小華、小美"),
        (None, None, "13:35", "舞台組", "長官致詞", None, "講台", "阿明", None),
        (None, None, None, "前場組", None, "引導貴賓", "紅龍", None, "阿德"),
        (None, None, "13:50", "技術組", "換場", None, None, "阿國", None),
        ("14:00", "演出", "14:00", "舞台組", "演出 1：山嵐列車", None, None, "阿國", "樂團 5 人"),
        ("22:00", "撤場", "22:00", "後勤組", "器材點收", None, None, "阿德", None),
        (None, None, "00:30", "後勤組", "場地復原", None, None, "阿德", None),
    ]
    merges = ("A1:I1", "A3:A6", "B3:B6", "E4:E5", "C4:C5", "A8:A9", "B8:B9")
    return xlsx(rows, *merges, title="細流")


def cue_sheet() -> bytes:
    """A cue 表 with two header rows: the departments stand below one merged cell."""
    rows: list[Row] = [
        ("項次", "時間", "長度", "流程", "主持", "技術", None, None, "特效", "道具", "備註"),
        (None, None, None, None, None, "燈光", "音響", "視訊", None, None, None),
        (1, "19:00", "3'00\"", "開場影片", None, "全暗", "影片聲", "VCR 1", None, None, None),
        (2, "19:03", "0:30", "司儀開場", "歡迎詞", "面光", "手麥 1、2", None, None, "手卡", "站位中間"),
        (3, "接續", "1'30\"", "啟動儀式", "倒數", "追蹤燈", None, "倒數 10 秒", "CO2", "啟動台", None),
        (4, "19:05", "4'00\"", "演出 1：山嵐列車", None, "樂團", "樂團", "現場畫面", None, None, "=不是公式"),
    ]
    made = xlsx(rows, *(f"{c}1:{c}2" for c in "ABCDEIJK"), "F1:H1", title="Cue 表")
    return patched(
        made, SHEET, lambda xml: re.sub(r'<c r="K6"[^>]*>.*?</c>', _typed_text("K6", "=不是公式"), xml)
    )


def _typed_text(cell: str, text: str) -> str:
    """A text that begins like a formula; the library would make one of it."""
    return f'<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>'


def template() -> bytes:
    """Eleven rows of instructions above the header, and a second sheet with more columns."""
    notes: list[Row] = [
        (),
        *[(None, f"- Remark {n}", None, "How to use") for n in range(9)],
        (None, None, None, None, "Note ----", None, None),
    ]
    head = (None, "Cue", "Title", "Colour", "Time Start", "Time End", "Duration", "Timer Type", "Video Notes")
    rows: list[Row] = [
        *notes,
        head,
        (None, None, "Morning", "#20609F", None, None, None, "group-start", None),
        (None, 1, "Doors", "#A0C4E8", time(10), time(11), None, "count-down", "Slide"),
        (None, "Standby", "Speakers side stage", None, None, None, None, "milestone", None),
        (None, 1.1, "Welcome", None, None, None, time(0, 10), "count-down", "Camera 1\nCamera 2"),
        (None, 1.1, "Session", None, None, None, time(0, 50), "count-down", None),
        (None, None, None, None, None, None, None, "group-end", None),
        (None, "A", "Lunch", None, time(12), time(13), None, "count-down", None),
    ]
    return xlsx(rows, "E11:G11", title="Schedule", Advanced=[("Title", "Skip"), ("Only this", True)])


def conference() -> bytes:
    """Two header rows, a placeholder as title, dates of 2016, formulas, no durations, and a million declared rows."""
    day = datetime(2016, 10, 27)  # noqa: DTZ001 - a cell has no zone
    rows: list[Row] = [
        ("<Name of the event>", None, None, None, None, None, "Speakers", None),
        ("Room", "Date", None, "Time", "Title", "ID", 1, 2),
        ("Old Hall", day, "=B3", time(9), "Opening", 1001, "Anna Berg, City of M", None),
        ("Old Hall", day, "=B4", time(9, 20), "Keynote: Cities", 1002, "Prof. Carl Dahl", "Eva Falk"),
        ("Old Hall", day, "=B5", time(11), "Forms", 1003, None, None),
        ("Tavern", day, "=B6", time(11), "Open Data", 1004, "Gus Holm", None),
        ("Tavern", day, "=B7", time(11, 45), "Closing", 1005, None, None),
    ]
    made = xlsx(rows, "A1:F1", "G1:H1", "B2:C2")
    empty = "".join(f'<row r="{row}" ht="12.75" customHeight="1"/>' for row in range(1_048_573, 1_048_577))
    return patched(
        made,
        SHEET,
        lambda xml: re.sub(r'ref="A1:\w+"', 'ref="A1:AMK1048576"', xml, count=1).replace(
            "</sheetData>", f"{empty}</sheetData>"
        ),
    )


def camp() -> bytes:
    """A .csv with the hour only, weekday names, line breaks and quotation marks."""
    head = ("day", "start_hour", "persons", "room", "title", "description")
    return csv_bytes([
        head,
        ("Freitag", 12, "Das Team", "Zelt 2", "Ankommen", "Welcome.\n\nJoin"),
        ("Freitag", 14, "Ina K, Jo L", "Zelt 2", 'Sie sagte "nein"', 'A "quoted" word'),
        ("Freitag", 24, "", "Zelt 2", "Nachtlesung", ""),
        ("Samstag", 12, "Mia", "Zelt 2", "Second day", ""),
    ])  # fmt: skip


FIRST_DAY = date(2027, 4, 10)
