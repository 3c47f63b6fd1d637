"""Who members are to the writer, without asking the database at each op."""

from collections.abc import Callable

from sqlmodel import Session

from server.core.access import Viewer
from server.core.log import Log

FindViewer = Callable[[Session, str, str], Viewer | None]


class Viewers:
    """Members as viewers, remembered until the event's people change; what is not committed yet is not remembered."""

    def __init__(self, find: FindViewer) -> None:
        self._find = find
        self._known: dict[str, tuple[int, dict[str, Viewer | None]]] = {}

    def get(self, session: Session, log: Log, member_id: str) -> Viewer | None:
        """A member of the log's event, as of the op that is about to be carried out."""
        seq, known = self._known.get(log.event_id, (-1, {}))
        if log.directory_seq is not None:
            return self._find(session, log.event_id, member_id)
        if seq != log.directory_start:
            known = {}
            self._known[log.event_id] = log.directory_start, known
        if member_id not in known:
            known[member_id] = self._find(session, log.event_id, member_id)
        return known[member_id]
