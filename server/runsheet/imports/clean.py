"""Text from a stranger's file, made fit to be stored and shown."""

import re
import unicodedata

# Control characters, lone surrogates, non-characters, and the marks that turn or hide text. The zero-width joiner
# stays, since emoji are made with it.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]",
)
_NEWLINES = re.compile("\r\n?|\x85|\u2028|\u2029|\x0b|\x0c")
_SPACES = re.compile(r"[^\S\n]+")
_EDGES = re.compile(r" ?\n ?")
_GAPS = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """The text without what cannot be seen, in NFC, with plain newlines and no spaces at either end."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _UNWANTED.sub("", _NEWLINES.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


def bare(text: str) -> str:
    """The text as it is, only without what cannot be seen."""
    return text if text.isascii() and text.isprintable() else _UNWANTED.sub("", text)


def one_line(text: str) -> str:
    """The text on one line, its spaces single."""
    return " ".join(text.split())


def tidy(text: str) -> str:
    """Several lines without spaces at their ends, and at most one empty line between two."""
    if "\n" not in text:
        return one_line(text)
    return _GAPS.sub("\n\n", _EDGES.sub("\n", _SPACES.sub(" ", text))).strip()
