"""A phone whose server went back to a backup: it shows what stands there now, and sends what was not sent."""

from pathlib import Path

from playwright.sync_api import expect

from server.keeping.backup import Place, back_up
from server.keeping.restore import restore
from tests.browser.show import EVENT, Show
from tests.browser.test_offline import installed, signal_is_back
from tests.support.browser import NO_SERVER, Devices

TITLE = "#cue-d1-22 .cue-title"


def test_a_phone_follows_its_server_back_to_a_backup_and_loses_nothing_of_its_own(
    show: Show, devices: Devices, tmp_path: Path
) -> None:
    devices.tolerate(NO_SERVER)
    place, backup = Place(show.data, f"sqlite:///{show.data / 'fieldcue.db'}"), tmp_path / "venue.zip"
    crew = show.phone(devices, "c10")
    installed(crew)
    show.ops("c02", ("cue.edit", {"id": "d1-22", "set": {"title": "備份前"}}))
    back_up(place, backup)
    show.ops("c02", ("cue.edit", {"id": "d1-22", "set": {"title": "備份後"}}))
    expect(crew.locator(TITLE)).to_contain_text("備份後")
    # What it keeps is newer than the backup, by the numbers of a log that is no more.
    crew.evaluate("""async () => {
      const { $js_refetch: { renewKept } } = joined;
      await renewKept();
    }""")
    show.stop()
    crew.locator("[data-slot=turn]").get_by_role("button", name="就緒").tap()
    expect(crew.locator("[data-out=unsent]").first).to_have_text("1")

    restore(place, backup)
    show.restart()
    signal_is_back(crew)
    expect(crew.locator(TITLE)).to_contain_text("備份前", timeout=40_000)
    expect(crew.locator("[data-out=unsent]").first).to_be_hidden(timeout=40_000)
    marks = show.ask("c02", "state?kinds=mark")["entities"]["mark"]
    assert [mark["kind"] for mark in marks if mark["member"] == "c10"].count("ready") == 1
    # What it keeps for the time without signal is of the new epoch too.
    show.ops("c02", ("cue.edit", {"id": "d1-22", "set": {"title": "還原後"}}))
    expect(crew.locator(TITLE)).to_contain_text("還原後")
    show.stop()
    crew.goto(f"/e/{EVENT}")
    expect(crew.locator(TITLE)).to_contain_text("還原後")
