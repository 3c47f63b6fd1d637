"""How much of the sheet is read for what is asked."""

import pytest

from server.core.models import Event
from server.runsheet.bodies import derive_state
from tests.support.asking import statements
from tests.support.show import Show

WHOLE_ROWS = "cue.columns"


@pytest.mark.parametrize(("kinds", "times"), [("place", 0), ("track", 1), ("cue", 1), ("cue,track,mark", 1)])
def test_the_sheet_is_read_once_for_a_state_and_not_at_all_without_times(
    show: Show, kinds: str, times: int
) -> None:
    show.add("a", duration_s=60)
    feed = show.services.feed
    with statements(show.services.db, WHOLE_ROWS) as asked, show.services.db.read() as session:
        event = session.get_one(Event, show.event)
        state = {kind: feed.bodies(session, event, show.viewer("mei"), kind) for kind in kinds.split(",")}
        derive_state(session, state, event, show.clock.now())
    assert len(asked) == times
    for cue in state.get("cue", []):
        assert "planned_start" in cue


def test_a_new_name_is_looked_for_only_in_rows_that_may_quote_it(show: Show) -> None:
    odd = "m_i"
    show.do("hui", "member.add", id=odd, name="米")
    show.add("a", people=[odd])
    show.add("b", people=["mei"], columns={"light": {"en": '"m_i"'}})
    show.add("c", columns={"sound": {"en": '"light"'}})
    before = show.head
    with statements(show.services.db, WHOLE_ROWS) as asked:
        show.do("hui", "member.edit", id=odd, set={"name": "大米"})
        show.do("hui", "column.put", id="light", name="燈")
    assert asked
    assert all("LIKE" in statement for statement in asked)
    assert {cue["id"] for cue in show.bodies("mei", "cue") if cue["version"] > before} == {"a", "b"}
