"""Every code of the import has a sentence, and every sentence its places filled."""

import re

import pytest

from server.core.i18n import LOCALES, translate
from server.runsheet import import_words
from server.runsheet.imports import FIELDS, FINDINGS, REFUSALS
from server.runsheet.imports.drafts import FLAGS
from server.runsheet.imports.times import UNITS

# What the engine gives with its codes, each as it may be.
PARAMS = {
    "limit": 5_000,
    "size": 11_000_000,
    "format": "pdf",
    "part": "xl/x.xml",
    "sheet": "細流",
    "charset": "cp950",
    "names": ["一", "二"],
    "count": 3,
    "first": "2016-10-27",
    "to": "2027-04-10",
    "days": 3817,
    "value": "下午",
    "skipped": False,
    "above": 4,
    "number": "12",
    "other": 7,
    "seconds": 600,
    "basis": "next_start",
    "written": 300,
    "field": "note",
}
CODES = [*((code, REFUSALS[code]) for code in REFUSALS), *((code, FINDINGS[code]) for code in FINDINGS)]


def params_of(named: str) -> dict[str, object]:
    return {name: PARAMS[name] for name in re.findall(r"\w+", named) if name in PARAMS}


def test_every_code_has_its_words() -> None:
    assert import_words.REFUSALS.keys() == REFUSALS.keys()
    assert import_words.LOOK.keys() | import_words.KNOW.keys() == FINDINGS.keys()
    assert import_words.FLAGS.keys() == FLAGS
    assert {"ignore", "column", *import_words.FIELDS} == set(FIELDS)
    assert tuple(import_words.UNITS) == UNITS


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("code", "named"), CODES)
def test_a_sentence_says_what_is_known(code: str, named: str, locale: str) -> None:
    say = import_words.refusal if code in REFUSALS else import_words.finding
    text, params = say(code, params_of(named))
    said = translate(locale, text, params)
    assert said
    assert "%" not in said
    assert (
        re.search(r"[一-鿿]", said.replace("細流", "").replace("一, 二", "").replace("下午", "")) is not None
    ) == (locale != "en")


@pytest.mark.parametrize(
    "format_name", ["pdf", "image", "xlsb", "html", "rtf", "json", "zip", "binary", "new"]
)
def test_of_a_file_of_another_kind_it_says_what_to_do(format_name: str) -> None:
    text, _ = import_words.refusal("file_not_spreadsheet", {"format": format_name})
    assert re.search(r"\.xlsx|CSV", text)


def test_numbers_are_readable() -> None:
    assert import_words.refusal("file_too_large", {"limit": 10 * 1024**2, "size": 1})[1]["limit"] == 10
    assert import_words.refusal("too_many_rows", {"limit": 5000, "sheet": ""})[1] == {
        "limit": "5,000",
        "sheet": "CSV",
    }
    names = import_words.finding("hidden_sheets", {"names": [f"表 {n}" for n in range(9)]})[1]["names"]
    assert names == "表 0, 表 1, 表 2, 表 3, 表 4 …"


def test_a_day_is_written_as_people_write_it() -> None:
    assert import_words.day_text("2027-04-10", "zh-TW") == "4月10日 週六"
    assert import_words.day_text("2027-04-10", "en", year=True) == "Sat, Apr 10, 2027"
