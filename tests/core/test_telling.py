"""A refusal as its reader is told it: names for ids, local times for moments, sentences in their language."""

from types import SimpleNamespace

from server.core.ops import RefusalError
from server.core.telling import Teller
from tests.support.show import NOON

PEOPLE = {
    "wei": SimpleNamespace(name="許庭瑋", name_en="Wei Hsu"),
    "rui": SimpleNamespace(name="周柏睿", name_en=""),
}
CALLED = "%(who)s called first, at %(when)s: %(title)s."


def tell(locale: str, now: int = NOON, **params: object) -> dict[str, object]:
    refusal = RefusalError("already_called", CALLED, status="conflict", **{"title": "2 節目"} | params)
    result = {"id": "x", "status": "conflict", "error": refusal.error}
    error: dict[str, object] = Teller(locale, "Asia/Taipei", PEOPLE, now).tell(result)["error"]
    return error


def test_people_read_a_name_and_the_hour_and_machines_an_id_and_a_time() -> None:
    error = tell("en", who="wei", when=NOON)
    assert error["message"] == "Wei Hsu called first, at 12:00:00: 2 節目."
    assert (error["who"], error["name"], error["when"]) == ("wei", "Wei Hsu", "2027-04-10T12:00:00+08:00")
    assert (error["code"], error["title"]) == ("already_called", "2 節目")
    assert "text" not in error


def test_chinese_readers_read_chinese_names_and_so_does_who_has_no_english_one() -> None:
    assert tell("zh-TW", who="wei", when=NOON)["name"] == "許庭瑋"
    assert tell("en", who="rui", when=NOON)["name"] == "周柏睿"


def test_a_title_is_told_in_the_readers_language_to_people_and_to_their_screens() -> None:
    for locale, title in (("en", "2 Show"), ("zh-TW", "2 節目")):
        error = tell(locale, who="wei", when=NOON, title_en="2 Show")
        assert str(error["message"]).rstrip("。.").endswith(title)
        assert error["title"] == title
        assert "title_en" not in error


def test_of_another_day_the_date_is_told() -> None:
    assert "2027-04-10 12:00:00" in str(tell("en", now=NOON + 86_400_000, who="wei", when=NOON)["message"])


def test_who_is_unknown_is_told_by_id_and_nobody_is_somebody() -> None:
    assert str(tell("en", who="ghost", when=NOON)["message"]).startswith("ghost ")
    assert str(tell("en", who="", when=None)["message"]).startswith("Somebody ")


def test_a_title_with_a_percent_sign_is_a_title() -> None:
    assert "100%s" in str(tell("en", who="wei", when=NOON, title="100%s")["message"])


def test_what_went_well_needs_no_telling() -> None:
    result = {"id": "x", "status": "applied", "seq": 5}
    assert Teller("en", "Asia/Taipei", PEOPLE, NOON).tell(result) is result
