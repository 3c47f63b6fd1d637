"""The desktop's table as one of its people has it before them."""

from typing import Any, Self

from playwright.sync_api import Locator, Page, expect

from tests.browser.show import EVENT, Show
from tests.support.browser import Devices

# Who plans: 周柏睿 coordinates, 林以晴 owns the event.
COORDINATOR, OWNER = "c02", "c01"
# Demo rows that are still to come on the main stage, and the day they stand on.
ACT_2, CHANGEOVER_3, ACT_3, DUSK = "d1-25", "d1-26", "d1-28", "d1-main-s4"


class Desk:
    """A page with the table open and connected."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def of(cls, show: Show, devices: Devices, member: str = COORDINATOR, **context: Any) -> Self:  # noqa: ANN401
        desk = cls(devices.desktop(show.origin, **context))
        show.sign_in(desk.page, member)
        return desk.open()

    def open(self, address: str = f"/e/{EVENT}/grid") -> Self:
        """Open the table anew, and wait until it is connected and knows whose it is."""
        self.page.goto(address)
        self.page.wait_for_function(
            "() => document.querySelector('[data-list=me] > li') && document.body.dataset.ready === ''"
        )
        return self

    # What stands there

    def row(self, row: str) -> Locator:
        return self.page.locator(f'[id="cue-{row}"]')

    def cell(self, row: str, key: str) -> Locator:
        return self.row(row).locator(f'[data-field="{key}"]')

    @property
    def at(self) -> Locator:
        """The cell that the keyboard is at."""
        return self.page.locator('.grid :is(td, th)[aria-selected="true"]')

    @property
    def editor(self) -> Locator:
        return self.page.locator("#cell-editor textarea")

    @property
    def clash(self) -> Locator:
        return self.page.locator("#side > .clash")

    def rows(self) -> list[str]:
        """The ids of the rows in sight, in their order."""
        found: list[str] = self.page.locator(".grid tbody tr:not([hidden])").evaluate_all(
            "all => all.map(row => row.dataset.id)"
        )
        return found

    def order(self, *rows: str) -> list[str]:
        """These rows in the order in which they stand."""
        return [row for row in self.rows() if row in rows]

    # What one does

    def stand(self, row: str, key: str) -> Self:
        """Go to a cell."""
        self.cell(row, key).click()
        return self

    def press(self, *keys: str) -> Self:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> Self:
        self.page.keyboard.insert_text(text)
        return self

    def fill(self, row: str, key: str, text: str) -> Self:
        """Type a text over a cell, and go on to the next row."""
        return self.stand(row, key).type(text).press("Enter")

    def paste(self, text: str) -> Self:
        """Paste a plain text where the keyboard is."""
        self.page.evaluate(
            """text => {
              const clipboardData = new DataTransfer();
              clipboardData.setData("text/plain", text);
              const init = { clipboardData, bubbles: true, cancelable: true };
              document.activeElement.dispatchEvent(new ClipboardEvent("paste", init));
            }""",
            text,
        )
        return self

    def settled(self) -> Self:
        """Wait until nothing of this desk is on its way."""
        expect(self.page.locator('[data-out="unsent"]')).to_be_hidden()
        return self

    def hears(self, text: str) -> None:
        """Something has just been said at the foot of the page."""
        expect(self.page.locator("#toasts .toast").first).to_contain_text(text)
