"""What the server refused stands where it hides nothing that is needed, and says why in plain words."""

import pytest
from playwright.sync_api import expect

from tests.browser.show import Show
from tests.browser.test_outbox import LIVE, ROW, nothing_waits, send
from tests.support.browser import Devices

ALARM = "#toasts .op[data-state=refused]"


@pytest.mark.parametrize("status", [403, 404, 413])
def test_a_request_that_came_back_unread_can_be_sent_again_and_blames_nobodys_rights(
    status: int, show: Show, devices: Devices
) -> None:
    """As a captive portal answers, a proxy before its server is up, or one with a smaller limit."""
    devices.tolerate(str(status))
    caller = show.phone(devices, "c02", "call")
    caller.route("**/ops?*", lambda route: route.fulfill(status=status))
    send(caller, "cue.go", {"id": ROW, "current": LIVE})
    line = caller.locator(ALARM)
    expect(line).to_contain_text("伺服器沒有收下，可以再送一次。")
    caller.unroute_all()
    line.get_by_role("button", name="重送").tap()
    nothing_waits(caller)
    assert show.cue(ROW)["state"] == "live"
