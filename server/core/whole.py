"""A statement whose rows come in one piece, for what a crowd at the door makes us look up.

Python lets go of its lock at each row that SQLite is asked for, and the loop, which serves everybody meanwhile, takes
it: the two wait for each other at every row. As one JSON text, all rows come at once.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import JSON, ColumnElement, Select, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session


class Whole:
    """A SELECT of texts, whole numbers and JSON, whose rows have the names of its columns."""

    def __init__(self, statement: Select[Any]) -> None:
        columns = statement.selected_columns
        self._row: Callable[[Sequence[Any]], Any] = namedtuple("Row", columns.keys())._make  # type: ignore[attr-defined]  # noqa: PYI024 - which names, the statement says
        self._statement = statement.with_only_columns(_Rows(*columns))

    def rows(self, session: Session, values: Mapping[str, Any]) -> Sequence[Any]:
        """All rows, in no certain order; `values` are those of the statement's parameters."""
        found = session.connection().execute(self._statement, values).scalar_one()
        return list(map(self._row, found or ()))


def among(column: Any, name: str) -> ColumnElement[bool]:  # noqa: ANN401 - of any table
    """Whether a column's text is one of the parameter's, which is a list: one statement for however many.

    SQLAlchemy's IN has a place for each, so that each crowd would be a statement of its own.
    """
    texts = _Texts(bindparam(name, type_=JSON())).table_valued("value")
    return cast("ColumnElement[bool]", column.in_(select(texts.c.value)))


class _Texts(FunctionElement[Any]):
    """The texts of a JSON list, as rows."""

    inherit_cache = True


@compiles(_Texts, "sqlite")
def _texts_of_sqlite(texts: _Texts, compiler: SQLCompiler, **more: object) -> str:
    return f"json_each({compiler.process(texts.clauses, **more)})"


@compiles(_Texts, "postgresql")
def _texts_of_postgresql(texts: _Texts, compiler: SQLCompiler, **more: object) -> str:
    return f"json_array_elements_text({compiler.process(texts.clauses, **more)})"


class _Rows(FunctionElement[Any]):
    """All rows of these columns as a list of lists."""

    inherit_cache = True
    type = JSON()


@compiles(_Rows, "sqlite")
def _of_sqlite(rows: _Rows, compiler: SQLCompiler, **more: object) -> str:
    """Its JSON is text, which stands for itself unless it is said that it is JSON (sqlite.org/json1.html, 3.1)."""
    texts = [(compiler.process(one, **more), isinstance(one.type, JSON)) for one in rows.clauses]
    return f"json_group_array(json_array({', '.join(f'json({text})' if is_json else text for text, is_json in texts)}))"


@compiles(_Rows, "postgresql")
def _of_postgresql(rows: _Rows, compiler: SQLCompiler, **more: object) -> str:
    return f"json_agg(json_build_array({', '.join(compiler.process(one, **more) for one in rows.clauses)}))"
