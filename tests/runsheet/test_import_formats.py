"""Files of other programs on their whole way: sent, read in a child, looked at, and brought in by one op."""

import pytest
from sqlmodel import select

from server.core.clock import to_iso
from server.core.models import Event
from server.runsheet.models import Track
from tests.runsheet.imports.calendars import at, ics
from tests.runsheet.imports.ods_files import detailed_ods
from tests.runsheet.imports.ontime_files import two_tracks
from tests.runsheet.imports.programmes import PENTABARF, opass, session
from tests.support.importing import Importer


def tracks(importer: Importer) -> dict[str, str]:
    with importer.show.services.db.read() as reading:
        return {
            row.id: row.name for row in reading.exec(select(Track).where(Track.event_id == importer.event))
        }


def test_a_project_of_ontime_becomes_parallel_tracks_and_goes_out_again(rui: Importer) -> None:
    job = rui.bring_in(two_tracks())
    names = tracks(rui)
    assert [(row.title, names[row.track], row.start_mode) for row in rui.rows()] == [
        ("Opening", "Stage", "linked"), ("Doors", "Stage", "fixed"), ("Standby", "Stage", "manual"),
        ("Welcome", "Stage", "linked"), ("Show", "Stage", "fixed"), ("Encore", "Stage", "fixed"),
        ("Delay", "Stage", "linked"), ("Load out", "Backstage", "fixed"), ("Bus", "Backstage", "fixed"),
    ]  # fmt: skip
    rui.do("import.undo", id=job)
    assert rui.rows() == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "hour"),
    [
        (ics(at(":20270410T053000Z", "Show", "DURATION:PT1H")), "07:30:00+02:00"),
        (ics(at(":20270410T133000", "Show", "DURATION:PT1H")), "13:30:00+02:00"),
        (opass(session("Show", "05:30:00Z", "06:30:00Z")), "07:30:00+02:00"),
        (PENTABARF.encode(), "11:00:00+02:00"),
    ],
    ids=["utc", "floating", "opass", "frab"],
)
def test_moments_become_the_events_own_time_and_clocks_stay(rui: Importer, content: bytes, hour: str) -> None:
    with rui.show.services.db.write() as writing:
        writing.get_one(Event, rui.event).timezone = "Europe/Berlin"
    rui.bring_in(content)
    first = rui.rows()[0]
    assert str(to_iso(first.start, "Europe/Berlin"))[11:] == hour


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_a_reader_found_is_told_in_the_preview_and_stays_on_the_row(rui: Importer) -> None:
    raw = ics(
        at(":20270410T053000Z", "Show", "DURATION:PT1H", "STATUS:CANCELLED"),
        at(";VALUE=DATE:20270410", "進場"),
    )
    html = rui.look(rui.send(raw))
    assert "行事曆上已取消" in html
    assert "整天的行程" in html
    rui.bring_in(raw)
    assert [row.flagged[0] for row in rui.rows()] == ["all_day", "event_cancelled"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_sheet_of_libreoffice_comes_in(rui: Importer) -> None:
    rui.bring_in(detailed_ods())
    assert rui.titles() == ["開場", "司儀開場", "長官致詞", "散場", "散場"]
