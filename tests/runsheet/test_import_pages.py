"""The pages of the import over HTTP: what is refused and in which words, and what the form changes."""

import re
import zipfile
from io import BytesIO
from typing import Any

import pytest

from server.core.models import Event
from server.runsheet.imports import Limits
from tests.runsheet.imports.files import (
    conference,
    csv_bytes,
    cue_sheet,
    detailed_sheet,
    template,
    with_part,
    xlsx,
)
from tests.support.importing import Importer
from tests.support.show import DAY, Show

HEAD = ("時間", "流程", "地點")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
ENCRYPTED = OLE + "EncryptedPackage".encode("utf-16-le")


@pytest.fixture
def amy(show: Show) -> Importer:
    """A coordinator who reads English."""
    show.do("hui", "member.add", id="amy", name="Amy", roles=["coordinator"], locale="en")
    return Importer(show, "amy")


def bomb() -> bytes:
    """Two hundred megabytes of nothing in a small zip."""
    return with_part(xlsx([HEAD]), "xl/media/image1.png", bytes(200 * 1024 * 1024))


def entities() -> bytes:
    """A sheet whose XML declares an entity."""
    out = BytesIO(xlsx([HEAD]))
    with zipfile.ZipFile(out) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE x [<!ENTITY a "b">]>' + parts["xl/worksheets/sheet1.xml"]
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def page(importer: Importer) -> str:
    answer = importer.browser.get(f"/e/{importer.event}/import")
    assert answer.status_code == 200
    return answer.text


# --- refused files


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "code", "chinese", "english"),
    [
        (b"", "file_empty", "沒有內容", "There is nothing in this file."),
        (b"%PDF-1.7", "file_not_spreadsheet", "這是 PDF", "This is a PDF."),
        (b"\x89PNG\r\n", "file_not_spreadsheet", "這是圖片", "This is a picture."),
        (b"<!doctype html><table>", "file_not_spreadsheet", "其實是網頁", "This is a web page"),
        (b"{\\rtf1", "file_not_spreadsheet", "讀不出流程表", "There is no run sheet"),
        (OLE, "file_legacy_xls", "舊版 Excel", "This is the old Excel format"),
        (ENCRYPTED, "file_encrypted", "檔案有密碼", "protected by a password"),
        (b"PK\x03\x04 and then nothing", "file_broken", "檔案損壞", "The file is damaged"),
        (bomb(), "zip_bomb", "大得不合理", "far larger than any run sheet"),
        (entities(), "xml_bomb", "不該有的東西", "something that no spreadsheet needs"),
        (csv_bytes([HEAD] * 5_300), "too_many_rows", "超過 5,000 列", "more than 5,000 rows"),
    ],
    ids=["empty", "pdf", "png", "html", "rtf", "xls", "password", "broken", "zip bomb", "xml bomb", "rows"],
)  # fmt: skip
def test_a_refused_file_says_why_and_what_to_do(
    rui: Importer, amy: Importer, content: bytes, code: str, chinese: str, english: str
) -> None:
    for importer, words in ((rui, chinese), (amy, english)):
        importer.send(content)
        [job] = importer.show.bodies(importer.member, "job")
        assert (job["state"], job["result"]["error"]["code"]) == ("failed", code)
        assert words in page(importer)
    assert rui.titles() == []


def test_a_file_that_is_too_large_is_not_kept(rui: Importer) -> None:
    assert rui.post(bytes(Limits().file_bytes + 1)).status_code == 413
    assert rui.post(bytes(Limits().file_bytes + 200_000)).status_code == 413


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"file": "x"}},
        {"content": b"x", "headers": {"content-type": "text/csv"}},
        {"data": {"file": "only a text"}},
        {"files": {"other": ("x.csv", b"x")}},
    ],
    ids=["json", "bare", "text field", "other name"],
)
def test_what_is_no_upload_is_refused(rui: Importer, sent: dict[str, Any]) -> None:
    assert rui.browser.post(f"/e/{rui.event}/import", **sent).status_code == 415


# What was received of it is a file of the framework's, which leaves it to the interpreter to close.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_torn_upload_is_refused(rui: Importer) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    torn = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nhalf'
    assert rui.browser.post(f"/e/{rui.event}/import", content=torn, headers=headers).status_code in {400, 415}


def test_files_are_not_sent_without_end(rui: Importer) -> None:
    statuses = [rui.post(b"x").status_code for _ in range(22)]
    assert (statuses[:20], statuses[20:]) == ([200] * 20, [429] * 2)


def test_a_name_of_a_file_is_only_shown(rui: Importer) -> None:
    upload = rui.send(csv_bytes([HEAD, ("13:00", "開場")]), "../../etc/\u202epasswd.csv")
    assert "../../etc/passwd.csv" in rui.look(upload)
    assert "\u202e" not in rui.look(upload)


# --- the preview


def test_the_preview_says_what_comes_in(rui: Importer) -> None:
    html = rui.look(rui.send(detailed_sheet()))
    assert "匯入 9 列" in html
    assert 'data-code="duration_guessed"' in html
    assert re.search(r'data-code="past_midnight">.*?×1</b> <small class="num">列 9', html, re.DOTALL)
    assert "不在這場活動的名單上" in html
    assert "24:30" in html


def test_the_preview_says_which_day_became_which(rui: Importer) -> None:
    html = rui.look(rui.send(conference()))
    assert "2016年10月27日 週四 改成 2027年4月10日 週六" in html
    assert "日期照檔案的不動" in rui.look(rui.send(conference()), shift="no")


def test_a_sheet_that_names_one_of_the_events_days_stays_on_it(rui: Importer) -> None:
    with rui.show.services.db.write() as session:
        days = [{"id": f"D{n}", "date": f"2027-04-{9 + n:02}"} for n in range(3)]
        session.get_one(Event, rui.event).days = days
    upload = rui.send(csv_bytes([("日期", *HEAD), (DAY, "13:00", "開場", "")]))
    assert rui.args(upload)["first_day"] == DAY
    assert "D1 · 4月10日 週六" in rui.look(upload)
    other = rui.send(csv_bytes([("日期", *HEAD), ("2016-10-27", "13:00", "開場", "")]))
    assert rui.args(other)["first_day"] == "2027-04-09"


def test_a_column_becomes_what_one_chooses(rui: Importer) -> None:
    upload = rui.send(
        csv_bytes([("時間", "流程", "亂碼"), ("13:00", "開場", "左側台"), ("14:00", "演出", "右側台")])
    )
    mark = {"of": "1|"}
    assert rui.args(upload, **mark, **{"field-3": "place"})["mapping"]["sources"][2]["field"] == "place"
    own = rui.args(upload, **mark, **{"field-3": "column:light"})["mapping"]["sources"][2]
    assert (own["field"], own["key"], own["new"]) == ("column", "light", False)
    rui.apply(upload, **mark, **{"field-3": "column:light"})
    assert rui.rows()[0].columns == {"light": {"zh-TW": "左側台"}}


def test_of_two_columns_for_one_field_the_last_choice_counts(rui: Importer) -> None:
    upload = rui.send(csv_bytes([("時間", "流程", "別名"), ("13:00", "開場", "左"), ("14:00", "演出", "右")]))
    form = {"of": "1|", "field-1": "start", "field-2": "title", "field-3": "title", "changed": "3"}
    sources = rui.args(upload, **form)["mapping"]["sources"]
    assert [source["field"] for source in sources] == ["start", "ignore", "title"]


def test_a_length_is_read_in_the_unit_one_chooses(rui: Importer) -> None:
    upload = rui.send(csv_bytes([("時間", "長度", "流程"), ("13:00", "3:30", "開場")]))
    for unit, seconds in (("m:ss", 210), ("h:mm", 12_600)):
        args = rui.args(upload, of="1|", **{"field-2": "duration", "unit-2": unit})
        assert args["mapping"]["sources"][1]["unit"] == unit
        assert ("3′30″" in rui.look(upload, of="1|", **{"unit-2": unit})) == (seconds == 210)


def test_another_row_of_headings_makes_another_guess(rui: Importer) -> None:
    upload = rui.send(cue_sheet())
    assert rui.args(upload)["mapping"]["header_rows"] == [1, 2]
    assert rui.args(upload, header="1")["mapping"]["header_rows"] == [1]
    none = rui.args(upload, header="none", **{"field-1": "note", "of": "1,2|Cue 表"})["mapping"]
    assert none["header_rows"] == []
    assert none["sources"][0]["field"] != "note"  # chosen under other headings


def test_another_sheet_of_the_file_can_be_chosen(rui: Importer) -> None:
    upload = rui.send(template())
    html = rui.look(upload)
    assert re.findall(r'<option value="(Schedule|Advanced)"', html) == ["Schedule", "Advanced"]
    assert rui.args(upload, sheet="Advanced")["mapping"]["sheet"] == "Advanced"


def test_a_sheet_that_is_too_long_leaves_the_others(rui: Importer) -> None:
    rows = [("13:00", f"第 {n} 項", "") for n in range(5_300)]
    upload = rui.send(xlsx([HEAD, ("13:00", "開場", "")], 長=[HEAD, *rows]))
    html = rui.look(upload)
    assert "匯入 1 列" in html
    assert re.search(r'<option value="長" disabled>長 · 太大', html)
    refused = rui.look(upload, sheet="長")
    assert "「長」超過 5,000 列" in refused
    assert "import-args" not in refused


@pytest.mark.parametrize(
    "form",
    [
        {"header": "x"}, {"header": "0"}, {"header": "1,2,3,4"}, {"first_day": "tomorrow"},
        {"of": "1|", "field-1": "nonsense"}, {"of": "1|", "field-1": "column:no id!"}, {"tracks": "some"},
    ],
)  # fmt: skip
def test_a_form_that_nobody_could_fill_in_is_refused(rui: Importer, form: dict[str, str]) -> None:
    upload = rui.send(csv_bytes([HEAD, ("13:00", "開場", "")]))
    assert rui.browser.post(f"/e/{rui.event}/import/{upload}", data=form).status_code == 400


def test_a_file_that_is_gone_says_so(rui: Importer) -> None:
    answer = rui.browser.get(f"/e/{rui.event}/import/gone")
    assert answer.status_code == 404
    assert "檔案只保留一天" in answer.text


def test_before_it_is_read_the_page_shows_how_far_it_is(rui: Importer) -> None:
    upload = rui.post(conference()).json()["upload"]
    rui.do("import.read", id="j1", upload=upload)
    html = rui.look(upload)
    assert "讀取中…" in html
    assert "import-form" not in html
    assert rui.browser.post(f"/e/{rui.event}/import/{upload}", data={"mode": "add"}).status_code == 404


def test_the_preview_is_in_the_readers_language(amy: Importer) -> None:
    html = amy.look(amy.send(conference()))
    assert "Import 5 rows" in html
    assert "Thu, Oct 27, 2016 became Sat, Apr 10, 2027" in html
    assert not re.search(r"匯入|請看", html)
