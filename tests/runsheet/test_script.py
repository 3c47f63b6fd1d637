"""Which columns hold what the host says."""

import pytest

from server.runsheet.models import ColumnDef
from server.runsheet.script import script_columns
from tests.support.follower import Follower
from tests.support.show import Show


@pytest.mark.parametrize("name", ["主持", "司儀", "主持人／口白", "司儀稿", "MC", "Host", "Script"])
def test_a_column_that_is_called_so_is_the_hosts(name: str) -> None:
    assert script_columns([_column(name)]) == {"k"}


@pytest.mark.parametrize("name", ["燈光", "音響（麥克風）", "人員/走位", "廣播", "備註", "Props", ""])
def test_another_departments_column_is_not(name: str) -> None:
    assert script_columns([_column(name)]) == frozenset()


def test_a_row_says_which_of_its_cells_is_script_and_says_it_anew_when_the_column_is_renamed(
    sqlite_show: Show,
) -> None:
    show = sqlite_show
    show.add("a", columns={"light": {"zh-TW": "暗場"}}, reading="夏禾 ㄒㄧㄚˋ ㄏㄜˊ")
    jun = Follower(show, "jun", "html", "")
    jun.catch_up()
    assert "data-script" not in str(jun.held)
    assert "夏禾 ㄒㄧㄚˋ ㄏㄜˊ" in str(jun.held)
    show.do("hui", "column.put", id="light", name="司儀稿")
    jun.catch_up()
    assert "data-script" in str(jun.held)


def _column(name: str) -> ColumnDef:
    return ColumnDef(event_id="e", id="k", name=name, order_key="a")
