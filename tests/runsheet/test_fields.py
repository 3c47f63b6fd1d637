"""A field of a row is known wherever it has to be: a place that was forgotten is told by its name."""

from typing import Any

import pytest

from server.core.models import Event
from server.runsheet.args import TEXTS, WORDS, CueFields
from server.runsheet.models import FACTS, PLAN_FIELDS, Cue
from server.runsheet.names import Names
from server.runsheet.published import TOLD
from server.runsheet.queries import directory
from tests.support.show import DAY, Show


def test_what_is_planned_of_a_row_is_what_an_edit_can_set() -> None:
    """Its track is set by a move. What is planned is published, copied, kept in versions and read by machines."""
    assert set(PLAN_FIELDS) ^ CueFields.model_fields.keys() == {"track"}


def test_every_field_of_a_row_has_a_word() -> None:
    assert CueFields.model_fields.keys() - WORDS.keys() == set()


@pytest.mark.parametrize("name", FACTS)
def test_a_plain_text_has_bounds_and_an_english_one_beside_it(name: str) -> None:
    assert {name, f"{name}_en"} <= set(TEXTS)


@pytest.mark.parametrize("name", FACTS)
def test_a_change_of_a_plain_text_is_news_for_those_who_work_by_the_row(name: str) -> None:
    assert name in TOLD


@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize(
    ("template", "markup"),
    [
        ("_cue_row.html", '<div data-fact="{}"><dt>'),
        ("_grid_row.html", "<td>白襯衫</td>"),
        ("runsheet/_grid_table.html", '<th scope="col" data-key="{}"'),
        ("runsheet/_phone_edit.html", 'name="{}"'),
        ("_names.html", '["{}","'),
    ],
)
def test_a_plain_text_is_shown_and_edited(sqlite_show: Show, name: str, template: str, markup: str) -> None:
    said: dict[str, Any] = {name: "白襯衫"}
    cue = Cue(id="a", event_id="e", track="main", day=DAY, order_key="a", **said)
    with sqlite_show.services.db.read() as session:
        event = session.get_one(Event, sqlite_show.event)
        lens = Names(directory(session, event), "zh-TW")
    around = {
        "event": event,
        "directory": lens.directory,
        "is_team": True,
        "edits_all": True,
        "home": "",
        "rows": {"cue": []},
    }
    html = sqlite_show.services.templates.render(template, "zh-TW", lens=lens, cue=cue, **around)
    assert markup.format(name) in html
