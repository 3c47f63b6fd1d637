"""Looking at the largest sheets that are taken, while the show goes on."""

import threading
import time

import pytest

from server.core.ids import new_id
from server.core.security import RATES, Rate
from server.runsheet import import_work
from server.runsheet.imports import Limits, Workbook
from tests.runsheet.imports.files import csv_bytes, xlsx
from tests.support.importing import Importer
from tests.support.served import Served
from tests.support.show import Show

HEAD = ("時間", "流程", *(f"欄{n}" for n in range(38)))
LARGEST = csv_bytes([HEAD, *[("13:30", "樂團A", *("a" * 38))] * Limits().rows])
"""Every row says the same, so that it packs into a few kilobytes."""


def test_of_what_one_asks_the_newest_is_looked_at_and_the_crew_goes_on(sqlite_served: Served) -> None:
    sqlite_served.show.add("opening")
    path, statuses = _path(sqlite_served, "rui"), list[int]()

    def look() -> None:
        statuses.append(sqlite_served.ask("rui", "GET", path).status)

    tabs = [threading.Thread(target=look) for _ in range(3)]
    for tab in tabs:
        tab.start()
    sqlite_served.do("mei", "cue.ready", id="opening")
    for tab in tabs:
        tab.join(60)
    assert 200 in statuses
    assert set(statuses) <= {200, 409}  # somebody's newer question takes the place of their older one


def _path(served: Served, member: str) -> str:
    """The path of the largest sheet's preview, once it has been read."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n%b\r\n--x--\r\n'
        % LARGEST
    )
    form = {"content_type": "multipart/form-data; boundary=x"}
    upload = served.ask(member, "POST", "/e/{event}/import", body, **form).json["upload"]
    served.do(member, "import.read", id=f"read-{member}", upload=upload)
    for _ in range(600):
        if [job["state"] for job in served.show.bodies(member, "job")] == ["done"]:
            return f"/e/{{event}}/import/{upload}"
        time.sleep(0.05)
    pytest.fail("the sheet was not read")


@pytest.mark.parametrize("content", [LARGEST, xlsx([HEAD, *[("13:30", "樂團A")] * 200])], ids=["csv", "xlsx"])
def test_what_packs_well_is_weighed_as_it_is(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    aside: list[str] = []
    monkeypatch.setattr(import_work, "aside", lambda work, *_: aside.append(work.__name__))
    import_work.run(import_work.read, print, content)
    assert aside == ["read"]


def test_a_small_book_of_many_rows_is_built_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    aside: list[str] = []
    monkeypatch.setattr(import_work, "aside", lambda work, *_: aside.append(work.__name__))
    sheet = Workbook.from_json({"format": "csv", "findings": [], "sheets": [_sheet(5_000)]})
    packed = import_work.pack(sheet)
    assert len(packed) < 48 * 1024
    import_work.run(import_work.build, print, packed, {}, {}, {}, "j")
    assert aside == ["build"]


def _sheet(rows: int) -> dict[str, object]:
    cells = [[row, [[1, "text", "13:30"], [2, "text", "樂團A"]]] for row in range(1, rows + 1)]
    empty: dict[str, object] = {"merges": [], "hidden_rows": [], "findings": [], "problem": None}
    return {"name": "流程", "hidden": False, "rows": cells} | empty


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_one_looks_only_so_often(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATES, "preview_member", Rate(3, 60))
    rui = Importer(show)
    upload = rui.post(b"time,title\n13:00,Doors\n").json()["upload"]
    rui.do("import.read", id=new_id(), upload=upload)
    rui.work()
    address = f"/e/{show.event}/import/{upload}"
    assert [rui.browser.get(address).status_code for _ in range(5)] == [200] * 3 + [429] * 2
