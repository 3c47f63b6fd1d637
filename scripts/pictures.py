"""The README's pictures, by the tests' browser: the demo at 14:36, three phones side by side, and the table.

`make pictures` writes them into docs/pictures.

Phones speak zh-TW; two are as by day, the caller's is as by night, which is how it comes.
"""

import tempfile
from collections import Counter
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.show import EVENT, Show, seed
from tests.browser.stable import Stable
from tests.support.browser import DESKTOP, FLAGS, chromium_path

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PHONE = {
    "viewport": {"width": 412, "height": 840},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
# Crew, crew, and the stage manager who calls.
PHONES = (("c10", "now"), ("c10", "sheet"), ("c06", "call"))
HEIGHT, GAP, BETWEEN = 720, 16, (203, 207, 203)
FLAT, SPREAD = 48, 80


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fieldcue-pictures-") as name, sync_playwright() as playwright:
        folder = Path(name)
        stable = Stable(folder)
        show = Show(stable, folder, seed(folder / "seed"))
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        try:
            phones = [
                _phone(browser, show, *each, folder / f"{place}.png") for place, each in enumerate(PHONES)
            ]
            _save(_side_by_side(phones), "phone.png")
            _save(_desktop(browser, show, folder / "desktop.png"), "desktop.png")
        finally:
            browser.close()
            show.stop()
            stable.close()


def _phone(browser: Browser, show: Show, member: str, screen: str, path: Path) -> Image.Image:
    page = browser.new_page(base_url=show.url, locale="zh-TW", timezone_id="Asia/Taipei", **PHONE)  # type: ignore[arg-type]  # as Playwright's own devices
    show.sign_in(page, member)
    show.open(page, screen)
    return _shot(page, path)


def _desktop(browser: Browser, show: Show, path: Path) -> Image.Image:
    page = browser.new_page(base_url=show.url, locale="zh-TW", timezone_id="Asia/Taipei", **DESKTOP)  # type: ignore[arg-type]  # as above
    show.sign_in(page, "c02")
    page.goto(f"/e/{EVENT}/grid")
    return _shot(page, path)


def _shot(page: Page, path: Path) -> Image.Image:
    page.wait_for_function(
        "() => 'ready' in document.body.dataset && document.querySelector('[data-list=me] > *')"
    )
    # Times are painted once a second.
    page.wait_for_timeout(1500)
    page.screenshot(path=path, animations="disabled")
    page.context.close()
    return Image.open(path).convert("RGB")


def _side_by_side(shots: list[Image.Image]) -> Image.Image:
    scaled = [
        shot.resize((round(shot.width * HEIGHT / shot.height), HEIGHT), Image.Resampling.LANCZOS)
        for shot in shots
    ]
    width = sum(shot.width for shot in scaled) + GAP * (len(scaled) + 1)
    sheet = Image.new("RGB", (width, HEIGHT + 2 * GAP), BETWEEN)
    left = GAP
    for shot in scaled:
        sheet.paste(shot, (left, GAP))
        left += shot.width + GAP
    return sheet


def _save(picture: Image.Image, name: str) -> None:
    """With a palette, so that a clone of the repository stays small."""
    path = FOLDER / name
    picture.quantize(palette=_palette(picture), dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(Path.cwd())}: {path.stat().st_size // 1024} KB")


def _palette(picture: Image.Image) -> Image.Image:
    """Colours are states: those of flat areas stay as they are, with some from all over beside them."""
    raw = picture.tobytes()
    counted = Counter(raw[place : place + 3] for place in range(0, len(raw), 3)).most_common(FLAT)
    over = picture.quantize(SPREAD, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette = Image.new("P", (1, 1))
    flat = [part for colour, _ in counted for part in colour]
    palette.putpalette(flat + (over.getpalette() or [])[: SPREAD * 3])
    return palette


if __name__ == "__main__":
    main()
