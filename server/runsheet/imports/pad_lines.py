"""One line of a run sheet as people type it into a shared pad or a chat: `13:30-13:35 開場 VCR 1'30" 主持人：小美`."""

import re
from dataclasses import dataclass

from server.runsheet.imports.book import Cell
from server.runsheet.imports.days import read_day
from server.runsheet.imports.times import read_when

_LONGEST = 400
"""Characters in which a time, a length or a mark is looked for."""

_HALF = r"(?:凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|[ap]\.?m\.?)"
_CLOCK = (
    rf"(?:{_HALF}\s*)?(?:\d{{1,2}}\s*[:：]\s*\d{{2}}(?:[:：]\d{{2}})?|\d{{1,2}}\s*[點点時时](?:半|\s*\d{{1,2}}\s*分?)?"
    rf"|\d{{1,2}}[.h]\d{{2}}|[0-4]\d[0-5]\d(?!\s*[\d年/.]|-\d{{1,2}}-)|\d{{1,2}}(?=\s*[ap]\.?m))(?:\s*[ap]\.?m\b\.?)?"
)
_RANGE = rf"{_CLOCK}(?:\s*(?:[-–—－~〜～至到]|to)\s*(?:{_CLOCK}|\d{{1,4}}(?=\s)))?(?:\s*(?:起|開始|[-–—－~～](?=\s)))?"
_DAY = (
    r"(?:\d{1,2}/\d{1,2}(?:\s*[(（][^)）]{1,4}[)）])?|[Dd](?:ay)?\s?[-+]?\d{1,2}"
    r"|第[一二三四五六七八九十\d]{1,2}[天日])"
)
_DAY_LINE = re.compile(
    r"(?P<day>(?:\d{2,4}[/.年-])?\d{1,2}[/月-]\d{1,2}日?(?:\s*[(（][^)）]{1,4}[)）])?"
    r"|d(?:ay)?\s?[-+]?\d{1,2}(?!\w)|第[一二三四五六七八九十\d]{1,2}[天日])(?![\d/-])",
    re.IGNORECASE,
)
_WORDS = r"(?:緊?接續|緊接|連續|視現場(?:狀況|情況)?|待定|待命|機動|TBD|TBA)"
_LEAD = re.compile(
    rf"[\[(（【〔<]?\s*(?P<time>[~～至到]?\s*(?:{_DAY}\s+)?{_RANGE}|{_WORDS}(?=[\s:：、,，|｜\])）】〕]|$)"
    r"|T[-+]\d{1,3}(?::\d\d)?(?=\s))\s*(?P<about>[前後](?=[\s:：、,，]))?[\])）】〕>]?",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s(（\[](?P<until>(?:until|till|至|到|[~～])\s*)?"
    r"(?P<time>\d{1,2}[:：]\d{2}(?:\s*[-–—－~～至到]\s*\d{1,2}[:：]\d{2})?)\s*[)）\]]?$",
    re.IGNORECASE,
)
_PART = re.compile(r"(?:上午|下午|早上|晚上|中午|晚間|夜間|[上中下]半?場|第.{1,3}[場段部])\S{0,4}")
_AFTER_LEAD = " \t\u3000:：、,，.|｜-–—>→"

_LENGTH = re.compile(
    r"(?:(?<=\s)|(?<=[(（\[|｜])|^)(?P<length>(?:約|長度|共|大約)?\s*(?:\d{1,3}\s*['’′]\s*(?:\d{1,2}\s*[\"”″]?)?"
    r"|(?:\d{1,2}(?:\.\d)?\s*(?:小時|hrs?|hours?))?\s*\d{1,3}\s*(?:分鐘?|mins?|minutes?)(?:\s*\d{1,2}\s*秒)?"
    r"|\d{1,3}\s*(?:秒鐘?|secs?)|半小時|\d{1,2}(?:\.\d)?\s*(?:小時|hrs?|hours?)))(?=[\s)）\],，;；|｜]|$)",
    re.IGNORECASE,
)
_ROLES = r"(?:主持人?|司儀|負責人?|窗口|講者|主講|與談人?|執行|pic|owner|host|speakers?|by)\s*[:：]"
_PIECES = re.compile(rf"\t+| {{2,}}|\u3000+|\s*[|｜]\s*|\s+[–—]\s+|\s+(?={_ROLES})", re.IGNORECASE)
_EDGES = " \t\u3000/()（）[]【】,，;；:：、|｜-–—"
_PEOPLE = re.compile(rf"{_ROLES}\s*(?P<names>.+)", re.IGNORECASE)
_MENTION = re.compile(r"(?:^|(?<=\s))@(\S{1,30})")
_GAPS = re.compile(r"\s{3,}")
_MARKS = re.compile(r"\*\*|__|~~|`")
_BULLET = re.compile(
    r"(?P<sign>[-*+•‧・※]|[\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f?|(?P<number>\d{1,3})[.)）、．](?!\d))"
    r"(?P<gap>\s*)(?:\[[ xX]\]\s*)?"
)
_HASHES = re.compile(r"#{1,6}\s")
_BOX = re.compile(r"[【〔［](?P<box>[^】〕］]{1,60})[】〕］]|={2,6}(?P<equals>[^=]{1,80})={2,6}")
_BOLD = re.compile(r"\*\*(?P<bold>[^*]{1,80})\*\*")
_LABEL, _LONGEST_LINE = 30, 10_000
_INNER = 3
"""The level of a heading that is written without one."""


@dataclass
class Line:
    """What a line says. kind is item, heading, or plain (a line that only goes on with another)."""

    kind: str
    indent: int = 0
    number: str = ""
    time: str = ""
    title: str = ""
    length: str = ""
    people: str = ""
    note: str = ""
    level: int = 0
    """Of a heading, 1 for the title of the whole."""

    @property
    def texts(self) -> dict[str, str]:
        """By the fields of a row."""
        found = {
            "number": self.number, "start": self.time, "title": self.title, "duration": self.length,
            "people": self.people, "note": self.note,
        }  # fmt: skip
        return {name: text for name, text in found.items() if text}


def read_line(raw: str) -> Line:
    """A line that is not empty. One that is far too long is not looked into."""
    if len(raw) > _LONGEST_LINE:
        return Line("plain", title=raw.strip())
    text, wide = _GAPS.sub("  ", raw.strip()), raw[:_LONGEST].expandtabs(4)
    indent = len(wide) - len(wide.lstrip())
    if heading := _heading(text):
        return heading
    bullet = _bullet(text)
    number = (bullet["number"] or "") if bullet else ""
    text = _MARKS.sub("", text[bullet.end() :] if bullet else text).strip()
    time, rest = _timed(text)
    if not time and not bullet:
        return Line("plain", indent, title=text)
    line = Line("item", indent, number=number, time=time)
    fill(line, rest)
    return line


def _heading(text: str) -> Line | None:
    """A line that stands above others: `## 上午`, 【上午場】, **上午**, `上午場：`."""
    if _HASHES.match(text):
        level = len(text) - len(text.lstrip("#"))
        return Line("heading", title=_MARKS.sub("", text.strip("# \t")), level=level)
    if len(text) > _LONGEST:
        return None
    found = _BOX.fullmatch(text) or _BOLD.fullmatch(text)
    is_label = len(text) <= _LABEL and text.endswith((":", "：")) and not _bullet(text)
    is_label = is_label or _PART.fullmatch(text) is not None
    name = next(filter(None, found.groups())) if found else text if is_label else ""
    name = _MARKS.sub("", name).strip(" :：")
    if name and not _timed(name)[0]:
        return Line("heading", title=name, level=_INNER)
    return _day_heading(text)


def _day_heading(text: str) -> Line | None:
    """`4/11（日）第二天`, set apart so that the day in it can be read."""
    found = _DAY_LINE.match(text)
    if not found or _timed(text)[0] or read_day(found["day"].strip()) is None:
        return None
    return Line(
        "heading", title=f"{found['day'].strip()} {text[found.end() :].strip()}".strip(), level=_INNER
    )


def _bullet(text: str) -> re.Match[str] | None:
    """A sign, or a number with its dot, before the text: but -5 and 13.30 are neither."""
    found = _BULLET.match(text)
    if not found or text.startswith(("**", "---")):
        return None
    return found if found["number"] or found["gap"] or not found["sign"].isascii() else None


def _timed(text: str) -> tuple[str, str]:
    """The time that a line begins or ends with, and the rest."""
    head = text[:_LONGEST]
    if (found := _LEAD.match(head)) and is_time(found["time"]):
        about = f"\t{found['time'].strip()}{found['about']}" if found["about"] else ""
        return found["time"].strip(), text[found.end() :].lstrip(_AFTER_LEAD) + about
    if len(text) <= _LONGEST and (found := _TAIL.search(text)) and is_time(found["time"]):
        return ("~" if found["until"] else "") + found["time"], text[: found.start()].rstrip(_AFTER_LEAD)
    return "", text


def is_time(text: str) -> bool:
    """Whether it is a time and nothing else."""
    when = read_when(Cell("text", text.strip()))
    return when is not None and (when.start, when.end, when.mode, when.offset) != (None, None, "", None)


def fill(line: Line, text: str) -> None:
    """Title, length, names and the rest of a line after its time."""
    if len(text) > _LONGEST_LINE:
        return
    has_end = bool(re.search(r"\d\s*(?:[-–—－~〜～至到]|to)\s*\d", line.time))
    head = text[:_LONGEST]
    if not has_end and (found := _LENGTH.search(head)):
        line.length = found["length"].strip()
        text = f"{text[: found.start()].rstrip(_EDGES)}\t{text[found.end() :].lstrip(_EDGES)}"
    pieces = [piece for part in _PIECES.split(text) if (piece := part.strip())]
    line.title = pieces[0] if pieces else ""
    add_details(line, pieces[1:])


def add_details(line: Line, pieces: list[str]) -> None:
    """Names go to the people, everything else into the note."""
    for piece in pieces:
        head = piece[:_LONGEST]
        if (found := _PEOPLE.fullmatch(piece)) and len(piece) <= _LONGEST:
            line.people = "\n".join(filter(None, (line.people, found["names"])))
        elif mentioned := _MENTION.findall(head):
            line.people = "\n".join(filter(None, (line.people, *mentioned)))
            rest = _MENTION.sub("", piece).strip()
            line.note = "\n".join(filter(None, (line.note, rest)))
        else:
            line.note = "\n".join(filter(None, (line.note, piece)))
