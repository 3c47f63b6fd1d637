"""What is wrong with an op's arguments, in the words of whoever wrote them.

Pydantic says where and what; here that becomes the field's name and a reason, both msgids.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from server.core.i18n import N_, translate
from server.core.ids import ID_PATTERN

MOST_FAULTS = 10
LONGEST_NAME = 64

# By pydantic's names for what went wrong (docs.pydantic.dev/latest/errors/validation_errors).
_REASONS = {
    "missing": N_("is missing"),
    "extra_forbidden": N_("is not known here"),
    "string_too_long": N_("is too long, at most %(max_length)s characters"),
    "string_too_short": N_("may not be empty"),
    "string_pattern_mismatch": N_("is not written as it should be"),
    "string_type": N_("must be a text"),
    "string_unicode": N_("must be a text"),
    "int_type": N_("must be a whole number"),
    "int_from_float": N_("must be a whole number"),
    "bool_type": N_("must be yes or no"),
    "list_type": N_("must be a list"),
    "dict_type": N_("must be an object"),
    "model_type": N_("must be an object"),
    "greater_than_equal": N_("must be at least %(ge)s"),
    "less_than_equal": N_("must be at most %(le)s"),
    "too_long": N_("has too many entries, at most %(max_length)s"),
    "too_short": N_("has too few entries, at least %(min_length)s"),
    "literal_error": N_("must be one of %(expected)s"),
}
_OTHERWISE = N_("is not right")
_PATTERNS = {ID_PATTERN: N_("may hold letters, digits and _ . : - only, at most 64")}


def fault(code: str, reason: str) -> PydanticCustomError:
    """What a validator of ours raises: `reason` is a msgid, for people; `code` is for machines."""
    return PydanticCustomError(code, "{reason}", {"reason": reason})


class Fault(NamedTuple):
    """One thing that is wrong: its path in the arguments, a code for machines, and both as msgids for people."""

    path: str
    code: str
    name: str
    reason: str
    part: str = ""
    params: Mapping[str, Any] | None = None

    def said(self, locale: str) -> str:
        """The fault in a language, as 「標題」太長，最多 200 個字."""
        name = translate(locale, self.name) if self.name else ""
        whole = " ".join(part for part in (name, self.part) if part)
        return translate(locale, N_("%(field)s %(reason)s"), {"field": whole, "reason": self._why(locale)})

    def _why(self, locale: str) -> str:
        return translate(locale, self.reason, dict(self.params or {}))


def faults_of(error: ValidationError, words: Mapping[str, str]) -> list[Fault]:
    """The first faults of a validation; `words` are msgids for the names of fields."""
    found = islice(error.errors(include_url=False, include_input=False), MOST_FAULTS)
    return [_fault(one, words) for one in found]


def _fault(error: Any, words: Mapping[str, str]) -> Fault:  # noqa: ANN401 - pydantic's ErrorDetails
    path = [str(part)[:LONGEST_NAME] for part in error["loc"] if part != "[key]"]
    place = next((n for n in range(len(path) - 1, -1, -1) if path[n] in words), None)
    name = words[path[place]] if place is not None else ""
    part = ".".join(path if place is None else path[place + 1 :])
    told = error.get("ctx", {})
    # Behind a validator of ours pydantic counts the letters of a text as "items" of a "Value".
    code = f"string_{error['type']}" if told.get("field_type") == "Value" else error["type"]
    reason = told.get("reason") or _PATTERNS.get(told.get("pattern", "")) or _REASONS.get(code, _OTHERWISE)
    return Fault(".".join(path) or "op", code, name, reason, part, told)
