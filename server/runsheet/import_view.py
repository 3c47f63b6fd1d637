"""What the preview of an import shows, in the coordinator's words."""

from typing import Any

from server.core.clock import operating_day
from server.core.i18n import of_two
from server.core.models import Event
from server.core.page import Ask
from server.runsheet import import_words
from server.runsheet.import_again_view import again_of

_NAMED = 6
"""Names that are spelled out; of the rest only the number is told."""
_SURE = 0.7

Said = dict[str, Any]


def view_of(ask: Ask, event: Event, said: Said) -> Said:
    """Everything that the template needs; `refused` is a sentence where the chosen sheet can't be used."""
    made = {
        "choice": said["choice"],
        "sheets": [_sheet(ask, sheet) for sheet in said.get("sheets", [])],
        "refused": "",
    }
    if "refused" in said:
        text, params = import_words.refusal(said["refused"].code, said["refused"].params)
        return made | {"refused": ask.say(text, **params), "sheet": said["refused"].params.get("sheet", "")}
    return made | {
        "refused": "",
        "sheet": said["mapping"]["sheet"],
        "mark": said["mark"],
        "recalled": said["recalled"] and _recalled(ask, event, said["recalled"]),
        "first_day": said["first_day"],
        "first_days": _first_days(ask, event, said["first_day"]),
        "headers": said["headers"],
        "header": ",".join(map(str, said["mapping"]["header_rows"])) or "none",
        "columns": [_column(source, said) for source in said["mapping"]["sources"]],
        "table": said["table"],
        "fields": [(field, ask.say(word)) for field, word in import_words.FIELDS.items()],
        "units": [(unit, ask.say(word)) for unit, word in import_words.UNITS.items()],
        "total": said["total"],
        "kinds": said["kinds"],
        "new": {kind: _names(names) for kind, names in said["new"].items()},
        "days": [_day(ask, day) for day in said["days"]],
        "findings": _findings(ask, said["findings"]),
        "default_track": said["default_track"],
        "rows": [_row(ask, row) for row in said["rows"]],
        "again": again_of(ask, said),
    }


def _sheet(ask: Ask, sheet: Said) -> Said:
    problem = sheet["problem"]
    text, params = (
        import_words.refusal(problem["code"], {"sheet": sheet["name"], **problem["params"]})
        if problem
        else ("", {})
    )
    return sheet | {"problem": ask.say(text, **params) if problem else ""}


def _recalled(ask: Ask, event: Event, kept: Said) -> Said:
    """When, and for which event, such a file came in; and what is new in it since."""
    day = operating_day(kept["used_at"], event.timezone, 0).isoformat()
    name = of_two(ask.locale, kept["event"], kept["event_en"])
    return kept | {
        "day": import_words.day_text(day, ask.locale),
        "event": "" if kept["own"] else name,
        "new": _names(list(kept["new"])),
    }


def _first_days(ask: Ask, event: Event, first_day: str) -> list[tuple[str, str]]:
    """The event's days to choose from, and the one chosen if it is none of them."""
    names = {day["date"]: f"{day['id']} · " for day in event.days}
    return [
        (day, names.get(day, "") + import_words.day_text(day, ask.locale))
        for day in sorted({*names, first_day})
    ]


def _column(source: Said, said: Said) -> Said:
    is_used = source["field"] != "ignore"
    return source | {
        "choice": said["choices"][str(source["column"])],
        "is_unsure": is_used and source["confidence"] < _SURE,
        "is_used": is_used,
    }


def _names(names: list[str]) -> Said:
    return {"count": len(names), "names": names[:_NAMED], "is_cut": len(names) > _NAMED}


def _day(ask: Ask, day: Said) -> Said:
    was = import_words.day_text(day["was"], ask.locale, year=True) if day["was"] else ""
    return {"day": import_words.day_text(day["day"], ask.locale), "was": was, "rows": day["rows"]}


def _findings(ask: Ask, groups: dict[str, Said]) -> list[Said]:
    """What wants a look first, then what is good to know."""
    known = [code for code in (*import_words.LOOK, *import_words.KNOW) if code in groups]
    return [_finding(ask, code, groups[code]) for code in known]


def _finding(ask: Ask, code: str, group: Said) -> Said:
    text, params = import_words.finding(code, group["params"])
    for name in ("first", "to"):
        if name in params:
            params[name] = import_words.day_text(params[name], ask.locale, year=True)
    return {
        "code": code,
        "text": ask.say(text, **params),
        "wants_look": code in import_words.LOOK,
        "count": group["count"],
        "cells": group["cells"],
        "in_rows": all(cell.isdecimal() for cell in group["cells"]),
        "is_cut": len(group["cells"]) < group["count"],
    }


def _row(ask: Ask, row: Said) -> Said:
    return row | {
        "flags": _flags(ask, row["flagged"]),
        "day_text": import_words.day_text(row["day"], ask.locale),
    }


def _flags(ask: Ask, codes: list[str]) -> list[str]:
    return list(
        dict.fromkeys(ask.say(import_words.FLAGS[code]) for code in codes if code in import_words.FLAGS)
    )
