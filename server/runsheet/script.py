"""Which columns of the cue sheet hold what the host says: the one place that decides it."""

from collections.abc import Iterable
from functools import lru_cache

from server.runsheet.imports.words import candidates
from server.runsheet.models import ColumnDef

_HOST = ("column", "host")


def script_columns(columns: Iterable[ColumnDef]) -> frozenset[str]:
    """The ids of the host's columns: those that are called so, 主持, 司儀, 講稿, MC."""
    return frozenset(column.id for column in columns if _is_hosts(column.name) or _is_hosts(column.name_en))


@lru_cache(1024)
def _is_hosts(name: str) -> bool:
    """Whether a heading means the host before anything else, as the import reads headings."""
    return any(hit[:2] == _HOST for hit in candidates(name)[:1])
