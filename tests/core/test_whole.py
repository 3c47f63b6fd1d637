"""Rows that come in one piece are the rows that come one by one, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete
from sqlalchemy import select as select_rows

from server.core.db import Database
from server.core.whole import Whole, among
from server.people.models import Member

_MEMBERS = Member.__table__  # type: ignore[attr-defined]  # SQLModel's tables have no public type
_PLAIN = select_rows(
    _MEMBERS.c.id, _MEMBERS.c.name, _MEMBERS.c.roles, _MEMBERS.c.account_id, _MEMBERS.c.removed_at
).where(_MEMBERS.c.id.in_(bindparam("ids", expanding=True)))
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
_ROWS = st.lists(
    st.tuples(_TEXT, st.lists(_TEXT, max_size=3), st.none() | _TEXT, st.none() | st.integers(0, 2**62)),
    max_size=15,
)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS)
def test_whatever_stands_in_rows_is_the_same_in_one_piece(db: Database, rows: list[Any]) -> None:
    with db.write() as session:
        session.execute(delete(Member))
        session.add_all(
            Member(event_id="e", id=f"{n:03}", name=name, roles=roles, account_id=account, removed_at=at)
            for n, (name, roles, account, at) in enumerate(rows)
        )
    wanted = {"ids": [f"{n:03}" for n in range(len(rows))]}
    with db.read() as session:
        one_by_one = session.connection().execute(_PLAIN, wanted).all()
        whole = Whole(_PLAIN).rows(session, wanted)
    assert sorted(map(tuple, whole)) == sorted(map(tuple, one_by_one))
    assert [row._fields for row in whole[:1]] == [row._fields for row in one_by_one[:1]]


_NAMED = Whole(select_rows(_MEMBERS.c.id).where(among(_MEMBERS.c.name, "names")))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(_TEXT, max_size=15), wanted=st.lists(_TEXT, max_size=15), some=st.integers(0, 15))
def test_those_among_whom_one_looks_are_found_and_nobody_else(
    db: Database, names: list[str], wanted: list[str], some: int
) -> None:
    with db.write() as session:
        session.execute(delete(Member))
        session.add_all(
            Member(event_id="e", id=f"{n:03}", name=name, roles=[]) for n, name in enumerate(names)
        )
    asked = wanted + names[:some]
    with db.read() as session:
        found = _NAMED.rows(session, {"names": asked})
    assert sorted(row.id for row in found) == [f"{n:03}" for n, name in enumerate(names) if name in asked]
