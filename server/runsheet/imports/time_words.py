"""Habits in writing times that nobody types on a phone, put as `clock_text` reads them. Texts are narrow and folded."""

import re

_FIGURES = {figure: number for number, figure in enumerate("零一二三四五六七八九")} | {"〇": 0, "兩": 2}
_NUMERAL = re.compile(r"[零〇一二兩三四五六七八九十]{1,3}(?=\s*(?:點|時|個?半?小時|分|秒|刻))")
_POINTS = re.compile(r"\b([ap])\.\s?m\b\.?")
_SAME = (
    ("晚間", "晚上"),
    ("夜間", "晚上"),
    ("午後", "下午"),
    ("午夜", "晚上"),
    ("半夜", "凌晨"),
    ("時整", "時"),
    ("點整", "點"),
)
_EARLY_AFTERNOON = re.compile(r"中午\s*(?=0?[1-3]\s*(?:[:點時]|$))")
_SUFFIX = re.compile(r"(\d{3,4}|\d{1,2}:\d{2})\s*(?:hrs?|h|o'clock)$")
_MORROW = re.compile(r"^(?:隔日|隔天|翌日|次日|明日|明早)\s*(?=\D{0,2}\d)|\s*\(?\+\s*1\s*(?:日|d|day)?\)?$")
_ON_SITE = re.compile(r"(?:視|依|配合|看)(?:現場|情況|狀況|當日|當天)[^\d]{0,8}")


def usual(text: str) -> str:
    """The same time or length in the words that are usual: 十五分鐘 as 15分鐘, 1:30 p.m. as 1:30 pm."""
    text = _NUMERAL.sub(lambda found: _numeral(found[0]), _POINTS.sub(r"\1m", text))
    for written, meant in _SAME:
        text = text.replace(written, meant)
    return _SUFFIX.sub(r"\1", _EARLY_AFTERNOON.sub("下午", text))


def of_next_day(text: str) -> str | None:
    """The time without 隔日 or +1, if one of these puts it on the day after."""
    rest = _MORROW.sub("", text, count=1)
    return rest if rest != text else None


def depends(text: str) -> bool:
    """Whether it only says that it will be seen on site."""
    return _ON_SITE.fullmatch(text) is not None


def _numeral(text: str) -> str:
    """十五 is 15, 二十 is 20, 三 is 3; what is no number stays."""
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return "".join(str(_FIGURES[sign]) for sign in text)
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return text
    return str((_FIGURES[tens] if tens else 1) * 10 + (_FIGURES[ones] if ones else 0))
