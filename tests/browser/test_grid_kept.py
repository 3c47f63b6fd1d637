"""The table keeps what was typed, too, and says what came of it when it is opened again."""

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.show import Show
from tests.browser.test_offline import installed, signal_is_back
from tests.support.browser import NO_SERVER, Devices
from tests.support.proxy import Proxy


def test_what_was_typed_in_the_table_outlives_it_and_asks_whose_value_stays(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    desk = Desk.of(show, devices).page
    installed(desk)
    for member in ("c01", "c02"):
        show.ops(member)  # so that they have tokens: they are given by the address that is cut now
    proxy.cut(refuse=True)
    desk.evaluate(
        """async () => {
          const { $js_op: { send } } = joined;
          const base = document.getElementById("cue-d1-25").dataset.v;
          send("cue.edit", { id: "d1-25", set: { title: "桌上打的" } }, { base, title: "125 · 標題" });
        }"""
    )
    expect(desk.locator("[data-out=unsent]").first).to_have_text("1")
    desk.reload()
    expect(desk.locator("#cue-d1-25")).to_be_visible()
    expect(desk.locator("[data-out=unsent]").first).to_have_text("1")
    show.ops("c01", ("cue.edit", {"id": "d1-25", "set": {"title": "別人先改的"}}))
    proxy.heal()
    signal_is_back(desk)
    line = desk.locator("#toasts .op[data-state=refused]")
    expect(line).to_contain_text("別人先改的", timeout=40_000)
    desk.reload()
    expect(line).to_contain_text("桌上打的")
    line.get_by_role("button", name="用我的").click()
    expect(desk.locator("[data-out=unsent]").first).to_be_hidden(timeout=40_000)
    assert show.cue("d1-25")["title"] == "桌上打的"


def test_the_table_opens_with_its_colours_where_the_line_only_hangs(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    desk = Desk.of(show, devices).page
    installed(desk)
    proxy.hang()
    desk.reload(wait_until="commit")
    expect(desk.locator("#cue-d1-25")).to_be_visible()
    assert desk.evaluate("() => [...document.styleSheets].some(({ href }) => href?.endsWith('colours.css'))")


def test_what_hangs_on_a_row_of_the_kept_table_stays_when_a_newer_row_was_heard(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    show.ops("c24", ("cue.ready", {"id": "d1-21-c5"}))
    desk = Desk.of(show, devices).page
    installed(desk)
    expect(desk.locator("#cue-d1-21-c5 .marks > li")).to_have_count(1)
    show.ops("c01", ("cue.edit", {"id": "d1-21-c5", "set": {"title": "後來改的"}}))
    expect(desk.locator("#cue-d1-21-c5")).to_contain_text("後來改的")
    proxy.hang()
    desk.reload(wait_until="commit")
    expect(desk.locator("#cue-d1-21-c5")).to_contain_text("後來改的")
    expect(desk.locator("#cue-d1-21-c5 .marks > li")).to_have_count(1)
