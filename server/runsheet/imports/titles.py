"""Titles: one line, not too long, and told apart from the kind of title before them."""

import re

from server.runsheet.imports.clean import one_line

TITLE = 200
NUMBER = 24
LINE = 200
TEXT = 4_000
"""Characters that the fields of a row take, as the ops do."""
ROW = 11_900
"""… and all of them together: what ops take, less a character for each cell that finds no more room."""

# Only words that are kinds of a programme item and nothing else are split off; any other colon stays in the title.
_KINDS = (
    "演出|表演|節目|技術彩排|彩排|總彩|試音|走位|演講|專題演講|主題演講|致詞|頒獎|頒獎典禮|抽獎|座談|工作坊|暖場|影片|活動|"
    "opening act|act|performance|show|keynote|lightning talk|talk|workshop|panel|rehearsal|sound ?check|warm-up"
)
_KIND = re.compile(
    rf"(?P<kind>(?:{_KINDS})\s*(?:[0-9]{{1,2}}|[一二三四五六七八九十]{{1,2}})?)\s*(?:：|:(?!\d)|·|｜|\|)\s*(?P<title>\S.*)",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[\x20-\x7e\u00c0-\u024f\u2010-\u2026]+")


def split_kind(title: str) -> tuple[str, str]:
    """`演出 1：山嵐列車` as 演出 1 and 山嵐列車; without a known kind the title stays whole."""
    found = _KIND.fullmatch(title)
    return (found["kind"].strip(), found["title"].strip()) if found else ("", title)


def split_languages(text: str) -> tuple[str, str]:
    """A Chinese title with its English below it. Other titles of several lines become one line."""
    first, _, rest = text.partition("\n")
    english = one_line(rest)
    if english and _LATIN.fullmatch(english) and not _LATIN.fullmatch(first):
        return one_line(first), english
    return one_line(text), ""


def shorten(text: str, limit: int) -> str:
    """The text, cut with an ellipsis if it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
