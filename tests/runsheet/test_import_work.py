"""The heavy half of an import says the same near and aside, and takes as much as it promises."""

from typing import Any

import pytest

from server.runsheet import import_work
from server.runsheet.imports import FileRefusedError, Limits, Mapping, guess
from tests.runsheet.imports.files import book_of, conference, csv_bytes, cue_sheet, detailed_sheet
from tests.support.importing import Importer
from tests.support.show import DAY, Show

KNOWN: dict[str, Any] = {name: [] for name in ("tracks", "places", "departments", "people", "columns")} | {
    "last": {"tracks": None, "columns": None},
    "responsible": "負責：%(names)s",
}
CHOICE: dict[str, Any] = {
    "zone": "Asia/Taipei",
    "day_change_s": 21_600,
    "days": [DAY],
    "first_day": DAY,
    "shift": True,
    "tracks": "auto",
    "track": "",
    "skip_hidden": False,
}


def said(work: Any, *parts: Any) -> list[Any]:  # noqa: ANN401 - bytes and JSON
    heard: list[Any] = []
    import_work.run(work, heard.append, *parts)
    return [part for part in heard if isinstance(part, bytes) or "progress" not in part]


@pytest.fixture(params=["near", "aside"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(import_work, "NEAR_BYTES", 1 << 30 if request.param == "near" else 0)
    return str(request.param)


@pytest.mark.parametrize(
    "content", [detailed_sheet(), cue_sheet(), conference()], ids=["細流", "cue 表", "2016"]
)
def test_all_steps_work_near_and_aside(where: str, content: bytes) -> None:
    sheets, packed = said(import_work.read, content)
    assert sheets == {"sheets": [sheet.name for sheet in book_of(content).usable]}
    assert import_work.unpack(packed) == book_of(content)
    _, seen = said(import_work.look, packed, {}, CHOICE, KNOWN)
    assert Mapping.from_json(seen["mapping"]) == guess(book_of(content))
    first, *rest = said(import_work.build, packed, seen["mapping"], CHOICE, KNOWN, "j1")
    assert sum(len(part["rows"]) for part in rest) == seen["total"]
    assert first["counts"].keys() == seen["findings"].keys()


def test_a_refusal_comes_through(where: str) -> None:
    with pytest.raises(FileRefusedError) as refused:
        said(import_work.read, b"%PDF-1.7")
    assert (refused.value.code, refused.value.params) == ("file_not_spreadsheet", {"format": "pdf"})


def test_small_sheets_are_looked_at_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_work, "aside", None)
    said(import_work.look, import_work.pack(book_of(detailed_sheet())), {}, CHOICE, KNOWN)


def test_the_first_rows_have_the_times_that_the_sheet_will_show() -> None:
    packed = import_work.pack(book_of(detailed_sheet()))
    _, seen = said(import_work.look, packed, {}, CHOICE, KNOWN)
    whens = {row["title"]: (row["depth"], row["when"], row["length"]) for row in seen["rows"]}
    assert whens["開場"] == (0, "13:30", "30′")
    assert whens["場地復原"][:2] == (1, "24:30")


def test_as_much_as_is_promised_comes_in_and_goes_out_again(show: Show) -> None:
    most = Limits().rows
    rows = [
        (f"{6 + n // 300:02}:{n // 5 % 60:02}", f"第 {n} 項", f"地點 {n % 9}", "說明" * 90)
        for n in range(most)
    ]
    rui = Importer(show)
    upload = rui.send(csv_bytes([("時間", "流程", "地點", "備註"), *rows]), "大.csv")
    assert "匯入 5000 列" in rui.look(upload)
    job = rui.apply(upload, track="夜間舞台")
    written = rui.rows()
    assert len(written) == most
    assert written[-1].title == f"第 {most - 1} 項"
    assert {row.day for row in written} == {DAY}
    assert rui.do("import.undo", id=job)["result"] == {"rows": most}
    assert rui.rows() == []
