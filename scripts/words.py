"""Gathers every text that people read, and keeps the Chinese catalogue beside them: `make words`.

`python -m scripts.words` adds what is new with an empty translation and drops what is gone;
`tests/test_words.py` fails while one is empty.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "server/locales/zh_TW/LC_MESSAGES/messages.po"
_METHODS = [("server/**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
_KEYWORDS = {"N_": None, "_": None, "gettext": None, "RefusalError": (2,), "refused": (3,)}
_OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


def gather() -> Catalog:
    """Every msgid in code and templates, with where it stands."""
    found = Catalog()
    for folder in ("server", "templates"):
        for name, line, text, _, _ in _texts(folder):
            found.add(text, None, [(f"{folder}/{name}", line)])
    return found


def _texts(folder: str) -> Iterator[tuple[str, int, str, list[str], str | None]]:
    methods = [
        (pattern.removeprefix(f"{folder}/"), method)
        for pattern, method in _METHODS
        if pattern.startswith(folder)
    ]
    options = {pattern.removeprefix(f"{folder}/"): option for pattern, option in _OPTIONS.items()}
    found = extract_from_dir(ROOT / folder, methods, options, _KEYWORDS)
    return (entry for entry in found if isinstance(entry[2], str))  # type: ignore[misc]  # no narrowing within a tuple


def known() -> Catalog:
    """The catalogue as it is."""
    if not CATALOGUE.exists():
        return Catalog(locale="zh_TW")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_TW")


def refresh(translations: dict[str, str] | None = None) -> int:
    """Write the catalogue anew; returns how many texts lack a translation."""
    before, fresh = known(), Catalog(locale="zh_TW", project="Fieldcue", charset="utf-8", fuzzy=False)
    missing = 0
    for message in sorted(gather(), key=lambda entry: str(entry.id)):
        if not message.id:
            continue
        old = before.get(message.id)
        text = (translations or {}).get(str(message.id)) or (old.string if old else "")
        missing += not text
        fresh.add(message.id, text, flags=message.flags)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, fresh, omit_header=True, width=0)
    return missing


if __name__ == "__main__":
    lacking = refresh()
    sys.stdout.write(f"{lacking} texts lack a translation\n")
    sys.exit(bool(lacking))
