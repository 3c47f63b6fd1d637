"""The next file of a shape starts with the columns as they were meant the last time, and says so."""

from typing import Any

import pytest
from sqlmodel import select

from server.core.models import Event
from server.people.founding import Founder, found_event
from server.runsheet.import_recall import recognise
from server.runsheet.import_sources import ImportSource, kind_of
from tests.runsheet.imports.files import book_of, csv_bytes, xlsx
from tests.support.importing import Importer
from tests.support.show import DAY, Show

HEAD = ("時間", "流程", "走位表", "長度")
ROWS = (("13:00", "開場", "左側台", "3:30"), ("14:00", "演出", "右側台", "4:30"))
CHOSEN = {"of": "1|", "field-3": "place", "field-4": "duration", "unit-4": "m:ss"}


def fields(importer: Importer, upload: str, **form: str) -> dict[str, str]:
    """What each heading is taken for."""
    sources = importer.args(upload, **form)["mapping"]["sources"]
    return {source["heading"]: source["field"] for source in sources}


@pytest.fixture
def known(rui: Importer) -> Importer:
    """Rui, who has brought in such a file with a column corrected and a unit chosen."""
    upload = rui.send(csv_bytes([HEAD, *ROWS]), "三月.csv")
    assert fields(rui, upload)["走位表"] == "column"
    rui.apply(upload, **CHOSEN, track="夜間舞台", tracks="one")
    return rui


def test_the_next_file_of_that_shape_starts_as_the_last_one_was_corrected(known: Importer) -> None:
    upload = known.send(csv_bytes([HEAD, ("15:00", "安可", "舞台", "5:00")]), "完全不同的名字.csv")
    args = known.args(upload)
    assert {source["heading"]: source["field"] for source in args["mapping"]["sources"]} == {
        "時間": "start", "流程": "title", "走位表": "place", "長度": "duration",
    }  # fmt: skip
    assert args["mapping"]["sources"][3]["unit"] == "m:ss"
    assert (args["track"], args["tracks"]) == ("夜間舞台", "one")
    assert "照 4月10日 週六 的欄位設定" in known.look(upload)


def test_one_tap_goes_back_to_the_guess_and_another_returns(known: Importer) -> None:
    upload = known.send(csv_bytes([HEAD, *ROWS[:1]]))
    html = known.look(upload, start="guess")
    assert fields(known, upload, start="guess")["走位表"] == "column"
    assert known.args(upload, start="guess")["track"] == ""
    assert 'data-start="kept"' in html
    assert fields(known, upload, start="kept")["走位表"] == "place"


def test_what_is_chosen_now_counts_more_than_the_last_time(known: Importer) -> None:
    upload = known.send(csv_bytes([HEAD, *ROWS[:1]]))
    chosen = {"of": "~1|", "field-3": "note", "tracks": "auto", "track": ""}
    assert fields(known, upload, **chosen)["走位表"] == "note"
    assert known.args(upload, **chosen)["track"] == ""
    known.apply(upload, **chosen)
    assert fields(known, known.send(csv_bytes([HEAD, *ROWS])))["走位表"] == "note"


def test_columns_that_are_new_since_are_guessed_and_named_and_those_gone_are_ignored(known: Importer) -> None:
    head = ("流程", "備註", "時間", "走位表")
    upload = known.send(csv_bytes([head, ("開場", "小心", "13:00", "左側台")]))
    assert fields(known, upload) == {"流程": "title", "備註": "note", "時間": "start", "走位表": "place"}
    assert "之後才有，先用猜的： 備註" in known.look(upload)


def test_a_file_of_other_headings_is_guessed(known: Importer) -> None:
    upload = known.send(csv_bytes([("時間", "節目", "地點", "負責人"), ("13:00", "開場", "左", "")]))
    assert "data-recalled" not in known.look(upload)


def test_headings_further_down_are_found_by_what_they_say(rui: Importer) -> None:
    table = (("甲", "乙", "丙"), ("13:00", "開場", "左側台"), ("14:00", "演出", "右側台"))
    first = rui.send(xlsx([("主流程", "", "2027"), *table]))
    form = {"of": "2|流程", "header": "2", "field-1": "start", "field-2": "title", "field-3": "place"}
    assert rui.args(first)["mapping"]["header_rows"] != [2]
    rui.apply(first, **form)
    again = rui.send(xlsx([("主流程", "", "2028"), *table]))
    assert rui.args(again)["mapping"]["header_rows"] == [2]
    assert fields(rui, again) == {"甲": "start", "乙": "title", "丙": "place"}


def test_next_years_event_of_the_organisation_knows_it_and_a_strangers_does_not(
    known: Importer, show: Show
) -> None:
    with show.services.db.write() as session:
        here = session.get_one(Event, show.event)
        stranger = session.get_one(Event, show.other)
        organisation, stranger.organisation_id = here.organisation_id, "其他公司"
        event = Event(
            id=f"{show.event}-next", organisation_id=organisation, name="明年", epoch="e", created_at=1
        )
        found_event(session, event, Founder("", organisation, "王佳慧", "zh-TW"), "hui", show.clock.now())
    upload_of = csv_bytes([HEAD, *ROWS])
    for event_id, owner, is_known in ((f"{show.event}-next", "hui", True), (show.other, "eve", False)):
        there = Importer(_at(show, event_id), owner)
        upload = there.send(upload_of)
        assert (fields(there, upload)["走位表"] == "place") is is_known
        assert ("照「河岸音樂祭」4月10日 週六 的欄位設定" in there.look(upload)) is is_known
        assert there.args(upload)["first_day"] == DAY


def _at(show: Show, event_id: str) -> Show:
    return Show(show.house, event_id, show.other)


def test_a_column_of_the_event_is_found_by_its_name_where_its_id_is_another(rui: Importer) -> None:
    rui.show.do("hui", "column.put", id="fx-1", name="特殊效果", department="light")
    rows = [("時間", "流程", "火焰冷煙"), ("13:00", "開場", "火"), ("14:00", "演出", "煙")]
    rui.apply(rui.send(csv_bytes(rows)), **{"of": "1|", "field-3": "column:fx-1"})
    with rui.show.services.db.write() as session:
        kept = session.exec(select(ImportSource).where(ImportSource.event_id == rui.event)).one()
        kept.sources = [source | {"key": source["key"].replace("fx-1", "gone")} for source in kept.sources]
    source = rui.args(rui.send(csv_bytes(rows)))["mapping"]["sources"][2]
    assert (source["key"], source["new"]) == ("fx-1", False)


def test_nothing_is_kept_of_an_import_that_was_refused_or_has_no_headings(rui: Importer) -> None:
    args = rui.args(rui.send(csv_bytes([HEAD, *ROWS])))
    args["mapping"]["sources"][0]["field"] = "title"
    assert rui.show.refuse("rui", "import.apply", id="j1", **args)["code"] == "invalid"
    rui.apply(rui.send(csv_bytes([("13:00", "開場"), ("14:00", "演出")])))
    with rui.show.services.db.read() as session:
        assert session.exec(select(ImportSource).where(ImportSource.event_id == rui.event)).all() == []


def test_of_two_sheets_the_one_that_was_used_is_opened() -> None:
    book = book_of(csv_bytes([HEAD, *ROWS]))
    words = ["時間", "流程", "走位表", "長度"]
    assert recognise(book, [kept(words)], sheet=None, header_rows=None, kind=".csv")
    assert recognise(book, [kept(words[:2])], sheet=None, header_rows=None, kind=".csv") is None
    assert recognise(book, [kept(words)], sheet=None, header_rows=[2], kind=".csv") is None
    by_kind = [kept(words, kind=".xlsx"), kept(words, kind=".csv")]
    found = recognise(book, by_kind, sheet=None, header_rows=None, kind=".csv")
    assert found
    assert found.kept is by_kind[1]
    assert kind_of("../流程.XLSX") == ".xlsx"


def kept(words: list[str], kind: str = ".csv") -> dict[str, Any]:
    return {
        "sources": [{"word": word} for word in words],
        "header_rows": [1],
        "sheet": "",
        "kind": kind,
        "own": True,
    }
