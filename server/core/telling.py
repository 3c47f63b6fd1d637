"""Results as their reader is told them: sentences in their language, names for ids, local times for moments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from server.core.clock import local_time, to_iso
from server.core.i18n import N_, of_two, translate
from server.core.ops import MAX_OPS, Result
from server.core.strict_json import MAX_DEPTH, BadJsonError

# Why a request's body could not be read, by the codes of `BadJsonError`.
BAD_JSON = {
    "not_utf8": N_("The text is not UTF-8, from byte %(at)s on."),
    "not_json": N_("The text is not JSON, from character %(at)s on."),
    "too_deep": N_("The JSON is nested more than %(depth)s levels deep."),
    "duplicate_key": N_("A key stands twice in one object of the JSON."),
    "not_a_number": N_("A number in the JSON is none, or is too long."),
    "lone_surrogate": N_("Half of a surrogate pair in the JSON is not text."),
    "no_batch": N_('The JSON must be an object with a list of ops: {"ops": […]}.'),
    "too_many_ops": N_("One request takes at most %(ops)s ops."),
}


class Person(Protocol):
    """What a teller needs of a member."""

    name: str
    name_en: str


@dataclass(frozen=True)
class Teller:
    """Tells results in a language; `people` by id, moments in the event's time zone, as of `now`."""

    locale: str
    zone: str
    people: Mapping[str, Person]
    now: int

    def tell(self, result: Result) -> Result:
        """A result with its error as a sentence. What machines read of it stays: ids, and times in ISO 8601."""
        if "error" not in result:
            return result
        error = dict(result["error"])
        text, faults = error.pop("text"), error.pop("faults", [])
        params = self._titled(error.pop("params", {}))
        said = params | {"names": self._faults(faults)} if faults else params
        error["message"] = translate(self.locale, text, self._readable(said))
        return {**result, "error": self._facts(params) | error}

    def name(self, member_id: str) -> str:
        """A member's name; the id of one whom nobody knows."""
        person = self.people.get(member_id)
        if person is None:
            return member_id or translate(self.locale, N_("Somebody"))
        return of_two(self.locale, person.name, person.name_en)

    def _faults(self, faults: Iterable[Any]) -> str:
        return translate(self.locale, N_("; ")).join(fault.said(self.locale) for fault in faults)

    def _titled(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Of a title in two languages the reader's."""
        titled = dict(params)
        title_en = titled.pop("title_en", "")
        return titled | ({"title": title_en} if title_en and self.locale == "en" else {})

    def _readable(self, params: Mapping[str, Any]) -> dict[str, Any]:
        words = {name: "" if value is None else value for name, value in params.items()}
        if "who" in words:
            words["who"] = self.name(words["who"])
        if isinstance(words.get("when"), int):
            words["when"] = local_time(int(words["when"]), self.zone, self.now)
        return words

    def _facts(self, params: Mapping[str, Any]) -> dict[str, Any]:
        facts = dict(params)
        if facts.get("when") is not None:
            facts["when"] = to_iso(facts["when"], self.zone)
        if facts.get("who"):
            facts["name"] = self.name(facts["who"])
        return facts


def why(error: BadJsonError, locale: str) -> str:
    """Why a body could not be read, as a sentence."""
    return translate(locale, BAD_JSON[error.code], {"at": error.at, "depth": MAX_DEPTH, "ops": MAX_OPS})
