"""The job that turns what was sent into what is shown; and forgetting what nobody went on with."""

import hashlib
import logging
from typing import Any

from sqlmodel import col, select

from server.core.aside import AsideError, aside
from server.core.blob_store import BlobStore, key_of
from server.core.blobs import CLEAN, SETTLE, Blob, Settled, blob_id
from server.core.cleaning import LIMITS, SECONDS, clean
from server.core.db import Database
from server.core.jobs import MOST_TRIES, Handler, Task

log = logging.getLogger(__name__)

KEEP_MS = 86_400_000
"""An upload that does not go on is forgotten after a day; its phone begins anew."""


def _clean(task: Task) -> dict[str, Any]:
    """Clean a file aside and settle it. Of what was sent nothing stays but what is kept."""
    store, content_hash = task.services.blobs, task.payload["hash"]
    with task.services.db.read() as session:
        blob = session.get_one(Blob, (task.event_id, blob_id(task.member_id, content_hash)))
    if blob.state == "cleaning":
        task.report(1)
        settled = _cleaned(task, store, blob)
        result = task.run(SETTLE, settled)
        if "error" in result:
            message = f"could not be settled: {result['error']['code']}"
            raise RuntimeError(message)
    _forget_parts(task.services.db, store, blob)
    return {}


def _cleaned(task: Task, store: BlobStore, blob: Blob) -> Settled:
    content = b"".join(map(store.get, blob.parts))
    if hashlib.sha256(content).hexdigest() != blob.hash:
        return Settled(hash=blob.hash, reason="wrong_hash")
    heard: list[Any] = []
    try:
        aside(clean, heard.append, blob.media, LIMITS, content, seconds=SECONDS)
    except AsideError:
        # Killed from outside it may do better next time; by its own limits it won't.
        if task.tries < MOST_TRIES:
            raise
        log.warning("a file was too heavy", exc_info=True)
        return Settled(hash=blob.hash, reason="too_heavy")
    about, *kept = heard
    if "refused" in about:
        return Settled(hash=blob.hash, reason=about["refused"])
    stored, thumb = [_keep(store, each) for each in [*(kept or [content]), b""][:2]]
    return Settled(hash=blob.hash, stored=stored, thumb=thumb, **about)


def _keep(store: BlobStore, content: bytes) -> str:
    """The hash under which it is kept; none of nothing."""
    if not content:
        return ""
    content_hash = hashlib.sha256(content).hexdigest()
    store.put(key_of(content_hash), content)
    return content_hash


HANDLERS: dict[str, Handler] = {CLEAN: _clean}


def forget_uploads(db: Database, store: BlobStore, now: int) -> None:
    """Parts of uploads that stopped for a day, of files that are settled, and of nobody."""
    with db.read() as session:
        rests = session.exec(select(Blob).where(col(Blob.received) > 0, Blob.state != "cleaning"))
        stale = [
            blob
            for blob in rests
            if blob.parts and (blob.state != "awaited" or blob.moved_at < now - KEEP_MS)
        ]
    for blob in stale:
        _forget_parts(db, store, blob)
    with db.read() as session:
        known = {part for parts in session.exec(select(Blob.parts)) for part in parts}
    for key, put_at in store.parts():
        if key not in known and put_at < now - KEEP_MS:
            store.delete(key)


def _forget_parts(db: Database, store: BlobStore, seen: Blob) -> None:
    """Take the parts from the file first, then from the store, so that nobody counts on what is gone."""
    with db.write() as session:
        blob = session.get(Blob, (seen.event_id, seen.id), with_for_update=True)
        if blob is None or blob.parts != seen.parts or blob.state == "cleaning":
            return
        blob.parts, blob.received = [], 0
    for part in seen.parts:
        store.delete(part)
