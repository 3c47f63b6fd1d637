"""Names of people and departments in a cell."""

import re

_BETWEEN = re.compile(
    r"\s*(?:[、，,;；\n/|＆&]|\s\+\s|(?<=[^\x00-\x7f])\+|\s(?:and|und)\s)\s*", re.IGNORECASE
)
_BULLET = re.compile(r"^[-–—•·*○●◎▪\s]+|[\s:：]+$")
_CHINESE_NAMES = re.compile(r"[一-鿿]{2,4}(?:\s+[一-鿿]{2,4})+")
_NOBODY = {"", "無", "待定", "未定", "tbd", "tba", "n/a", "na", "x", "none", "?", "？"}
_LONGEST, _LONGEST_CELL = 80, 2_000
MOST = 60


def names_in(text: str, *, split: bool = True) -> list[str]:
    """The names in a cell, each once, in order: 阿明、小華 or `Anna, Ben`."""
    names = (
        " ".join(_BULLET.sub("", piece[:_LONGEST]).split())
        for piece in _pieces(text[:_LONGEST_CELL], split=split)
    )
    return list(dict.fromkeys(name for name in names if name.casefold() not in _NOBODY))[:MOST]


def _pieces(text: str, *, split: bool) -> list[str]:
    if not split:
        return [text]
    return text.split() if _CHINESE_NAMES.fullmatch(text) else _BETWEEN.split(text)
