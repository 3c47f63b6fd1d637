"""What people type at the desk is read as the server reads it in files: parse.js and clock_text.py are twins."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, Route

from server.runsheet import clock_text
from tests.support.server import ROOT

ORIGIN = "http://parse.test"
# With bars between them.
_WRITTEN = """9|13:30|1330|930|9:10|09：10|１３：３０| 24:30 |30:00|48:00|49:00|13:30:15|24:60|99999|2027-04-11
14:00起|14:00 左右|約 14:00|~14:00|13點|13點5分|13時30分|下午2點半|上午 9:30|中午12:30|晚上 7:30|晚上12:30|凌晨12:30
2:30 PM|12:15am|13:30-13:35|1900–1903|13:30 ~ 13:35|09:00 至 10:00|23:30-00:30|14:00 -|14:00-休息|-
接續|緊接上一項|視現場|視現場狀況|待定|TBD|linked|manual
15|15分|15 分鐘|約 15 分|1小時30分|1小時30|1個半小時|半小時|1.5小時|1'30"|1′30″|1'30|45秒|1h30m|1h30|90 min
0:30|0:00:45|1:75|12分半|2.5秒|-10:00|−2'|+15"|+0|100000000"""
TYPED = ["", "x" * 100, *_WRITTEN.replace("\n", "|").split("|")]
_LETTERS = "0123456789:：-–~'\"′″ 分秒時點半小時鐘個約起接續視現場上下午+amphinutes."
READ = """
async (texts) => {
  const parse = await import("/static/js/grid/parse.js");
  const read = (text) => [
    parse.parseClock(text), parse.parseRange(text), parse.parseStart(text), parse.parseDuration(text),
    parse.parseDuration(text, "seconds"), parse.parseOffset(text),
  ];
  return JSON.stringify(JSON.parse(texts).map(read));
}
"""
MOMENTS = """
async (cases) => {
  const { momentOf } = await import("/static/js/grid/parse.js");
  return JSON.stringify(JSON.parse(cases).map((one) => momentOf(...one, 21600)));
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    opened.route(f"{ORIGIN}/**", _serve)
    opened.goto(f"{ORIGIN}/")
    yield opened
    opened.close()


def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        route.fulfill(body="<!doctype html><title>parse</title>", content_type="text/html")
    else:
        route.fulfill(path=ROOT / path.removeprefix("/"), content_type="text/javascript")


def as_the_server_reads(text: str) -> list[object]:
    start, window = clock_text.parse_start(text), clock_text.parse_range(text)
    end = window[1] if start and start.mode == "fixed" and window else None
    return [
        clock_text.parse_clock(text),
        list(window) if window else None,
        [start.mode, start.seconds, end] if start else None,
        clock_text.parse_duration(text),
        clock_text.parse_duration(text, "seconds"),
        clock_text.parse_offset(text),
    ]


def differing(page: Page, texts: list[str]) -> list[object]:
    """(text, as JavaScript reads it, as Python does) wherever the two differ."""
    told = json.loads(page.evaluate(READ, json.dumps(texts)))
    read = [as_the_server_reads(text) for text in texts]
    return [found for found in zip(texts, told, read, strict=True) if found[1] != found[2]]


def test_both_read_what_people_on_site_write(page: Page) -> None:
    assert differing(page, TYPED) == []


def test_both_read_whatever_else_is_typed(page: Page) -> None:
    texts: list[str] = []

    @settings(derandomize=True, deadline=None, database=None, max_examples=600)
    @given(st.text(_LETTERS, max_size=14))
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    assert differing(page, texts) == []


def test_a_typed_time_is_the_same_moment_everywhere(page: Page) -> None:
    """Also on nights in which clocks are changed: an hour that is missing, an hour that comes twice."""
    nights = [("Asia/Taipei", "2027-04-10"), ("Europe/Berlin", "2027-03-27"), ("Europe/Berlin", "2027-10-30"),
              ("America/St_Johns", "2027-03-13"), ("Australia/Lord_Howe", "2027-04-03")]  # fmt: skip
    cases = [(day, seconds, zone) for zone, day in nights for seconds in range(0, 2 * 86_400, 1800)]
    told = json.loads(page.evaluate(MOMENTS, json.dumps(cases)))
    assert told == [clock_text.moment(day, seconds, zone) for day, seconds, zone in cases]
