"""Languages by gettext: msgids are plain English, `zh_TW` is what people on site say.

Catalogues are read from their `.po` files at start, so there is nothing to compile and nothing to forget.
"""

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = ("zh-TW", "en")
DEFAULT = "zh-TW"
CATALOGUES = Path(__file__).parent.parent / "locales"
_LANGUAGES = {"zh": "zh-TW", "en": "en"}


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for a text that is translated later
    """Mark a text for translation."""
    return text


@cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of a locale; English is the msgids themselves."""
    path = CATALOGUES / locale.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    loaded = Translations()
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file)
        words: dict[str | tuple[str, Any], str] = {
            m.id: m.string
            for m in catalogue
            if isinstance(m.id, str) and isinstance(m.string, str) and m.string
        }
        loaded._catalog = words  # noqa: SLF001 - babel's class has no other way in without a compiled file
    return loaded


def translate(locale: str, text: str, params: dict[str, Any] | None = None) -> str:
    """A msgid in a language, its %(name)s places filled."""
    translated = translations(locale).ugettext(text)
    return str(translated % params if params else translated.replace("%%", "%"))


def of_two(locale: str, text: str, english: str) -> str:
    """Of a text that people wrote in two languages the reader's; Chinese where there is no English."""
    return english if locale == "en" and english else text


def either(locale: str, text: str, english: str) -> str:
    """The same, but English too where there is no Chinese."""
    return of_two(locale, text or english, english)


def preferred(header: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4).

    Whoever asks for neither reads English; whoever asks for nothing reads Chinese.
    """
    wanted = sorted(map(_weighed, header.split(",")), key=lambda weighed: -weighed[1])
    known = [_LANGUAGES[tag] for tag, weight in wanted if weight > 0 and tag in _LANGUAGES]
    return known[0] if known else "en" if header.strip() else DEFAULT


def _weighed(part: str) -> tuple[str, float]:
    """A language of the header and its weight: `zh-TW;q=0.9` is (`zh`, 0.9)."""
    tag, _, weight = part.strip().lower().partition(";q=")
    try:
        return tag.split("-")[0], float(weight or 1)
    except ValueError:
        return tag, 0
