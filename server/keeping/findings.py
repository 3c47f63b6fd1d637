"""What `fieldcue doctor` finds, and how it says it."""

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """How bad it is: fine, worth a look, or in the way of an event."""

    FINE = "fine"
    LOOK = "look"
    BAD = "bad"


_SIGNS = {Level.FINE: "✓", Level.LOOK: "!", Level.BAD: "✕"}


class Finding(NamedTuple):
    """One thing that was looked at. `todo` is what to do next, in both languages; nothing where it is fine."""

    name: str
    level: Level
    chinese: str
    english: str
    todo: tuple[str, str] = ("", "")

    @property
    def line(self) -> str:
        """As one line at a terminal, what to do on a line of its own under it."""
        said = f"{_SIGNS[self.level]} {self.chinese}。{self.english}."
        return said + (f"\n    → {self.todo[0]}。{self.todo[1]}." if any(self.todo) else "")

    @property
    def document(self) -> dict[str, str]:
        """For machines."""
        found = {"check": self.name, "level": self.level.value, "zh-TW": self.chinese, "en": self.english}
        return found | ({"todo_zh-TW": self.todo[0], "todo_en": self.todo[1]} if any(self.todo) else {})


def fine(name: str, chinese: str, english: str) -> Finding:
    return Finding(name, Level.FINE, chinese, english)


def look(name: str, chinese: str, english: str, todo: tuple[str, str]) -> Finding:
    return Finding(name, Level.LOOK, chinese, english, todo)


def bad(name: str, chinese: str, english: str, todo: tuple[str, str]) -> Finding:
    return Finding(name, Level.BAD, chinese, english, todo)
