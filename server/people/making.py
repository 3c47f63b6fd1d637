"""What a form says of a new event, and what is wrong with it."""

import re
from datetime import date

from server.core.i18n import N_
from server.core.page import Ask

SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$")
MAX_DAYS, MAX_NAME = 60, 120
EVENT_FIELDS = ("name", "name_en", "key", "venue", "first", "days")


def event_values(ask: Ask) -> dict[str, str]:
    """The fields of the form; an event without a short name takes one from its date."""
    values = {name: ask.text(name) for name in EVENT_FIELDS}
    return values | {"key": values["key"] or f"event-{values['first']}"}


def event_errors(ask: Ask, values: dict[str, str]) -> dict[str, str]:
    """What is wrong, by field."""
    errors: dict[str, str] = {}
    if not values["name"]:
        errors["name"] = ask.say(N_("Fill this in."))
    for name in ("name", "name_en", "venue"):
        if len(values[name]) > MAX_NAME:
            errors[name] = ask.say(N_("At most %(count)s characters."), count=MAX_NAME)
    if not _is_day(values["first"]):
        errors["first"] = ask.say(N_("This is not a date."))
    # A short name that was left to us is not to blame for the date that it is taken from.
    if not SLUG.match(values["key"]) and (ask.text("key") or "first" not in errors):
        errors["key"] = ask.say(N_("Use 3 to 40 small letters, figures or hyphens."))
    if not values["days"].isdecimal() or not 1 <= int(values["days"]) <= MAX_DAYS:
        errors["days"] = ask.say(N_("From 1 to %(count)s days."), count=MAX_DAYS)
    return errors


def _is_day(text: str) -> bool:
    """Whether a text is a date within the years in which there are events."""
    try:
        return 1990 <= date.fromisoformat(text).year < 2200  # noqa: PLR2004 - as ops do
    except ValueError:
        return False
