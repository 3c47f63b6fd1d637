"""Every text that people read is there in both languages, and its places are the same in both."""

import re

import pytest

from scripts.words import gather, known
from server.core.i18n import preferred, translate

PLACES = re.compile(r"%\((\w+)\)[sd]")
MESSAGES = sorted(str(message.id) for message in gather() if message.id)


def test_every_text_has_its_chinese_words() -> None:
    words = {message.id: message.string for message in known()}
    assert [text for text in MESSAGES if not words.get(text)] == []


def test_the_catalogue_holds_nothing_that_nobody_says_any_more() -> None:
    assert {str(message.id) for message in known() if message.id} == set(MESSAGES)


def test_a_translation_fills_the_same_places_as_its_text() -> None:
    for message in known():
        assert sorted(PLACES.findall(str(message.string))) == sorted(PLACES.findall(str(message.id))), (
            message.id
        )


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-TW"),
        ("zh-Hant-HK", "zh-TW"),
        ("en-GB,en;q=0.9", "en"),
        ("de-DE,de;q=0.9", "en"),
        ("", "zh-TW"),
    ],
)
def test_the_phones_language_is_the_default(header: str, locale: str) -> None:
    assert preferred(header) == locale


def test_a_text_is_told_in_the_readers_language() -> None:
    assert translate("zh-TW", "You may not do this.") == "你沒有這個權限。"
    assert translate("en", "You may not do this.") == "You may not do this."


@pytest.mark.parametrize("other", ["沒有網路", "沒有連線", "e-mail", "E-mail", "email"])
def test_one_thing_has_one_word_in_chinese(other: str) -> None:
    """沒有訊號, and 離線 for how the phone stands with the server; 電子郵件."""
    assert [message.string for message in known() if other in str(message.string)] == []
