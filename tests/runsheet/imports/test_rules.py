"""What an import makes is what ops would take: no row that nobody could have typed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.models import Event
from server.runsheet.imports.rows import Result
from server.runsheet.imports.titles import ROW
from server.runsheet.models import Cue
from server.runsheet.rules import MOST_TEXT, broken_rules
from tests.runsheet.imports.files import conference, detailed_sheet
from tests.runsheet.imports.importing import imported, rows_of

EVENT = Event(id="e", organisation_id="o", name="n", epoch="x", created_at=0)
CLOCKS = ["", "9:00", "23:30", "00:30", "24:30", "29:59", "30:00", "47:59", "48:00", "接續", "視現場", "+5"]
HEAD = ("日期", "開始", "結束", "流程", "時長", "類型")
clocks = st.sampled_from(CLOCKS)
days = st.sampled_from(["", "2027/4/9", "2027/4/10", "2027/4/11", "4/12"])
lengths = st.sampled_from(["", "0", "5", "30分", "10080", "-5"])
rows = st.tuples(days, clocks, clocks, st.just("x"), lengths, st.sampled_from(["", "cue", "彈性", "倒數"]))


def broken(result: Result) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for row in result.rows:
        fields = {name: value for name, value in row.items() if name in Cue.model_fields}
        cue = Cue(**fields | {"event_id": "e", "id": "x", "order_key": "a", "parent": None, "track": "t"})
        found += [(each.text, row) for each in broken_rules(cue, EVENT)]
    return found


@settings(max_examples=60, deadline=None)
@given(sheet=st.lists(rows, min_size=1, max_size=6), shift=st.booleans())
def test_whatever_times_a_sheet_has_its_rows_are_rows(sheet: list[tuple[str, ...]], shift: bool) -> None:  # noqa: FBT001
    assert broken(rows_of(*sheet, head=HEAD, shift=shift)) == []


@pytest.mark.parametrize("sheet", [conference, detailed_sheet])
def test_real_sheets_have_rows_that_ops_would_take(sheet: Any) -> None:  # noqa: ANN401 - a maker of bytes
    assert broken(imported(sheet())) == []


def test_a_row_of_many_long_cells_is_cut_to_what_a_row_can_take_and_that_is_told() -> None:
    columns = [f"欄位 {number}" for number in range(8)]
    long = ("2027/4/10", "9:00", "開場", *(f"{number} " + "長" * 3_000 for number in range(8)))
    result = rows_of(long, head=("日期", "開始", "流程", *columns))
    assert broken(result) == []
    assert "value_truncated" in {finding.code for finding in result.findings}
    assert ROW < MOST_TEXT
