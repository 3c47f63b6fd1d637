"""Sending a file so that it can go on after a cut: HEAD tells how much is here, PATCH adds to it.

The headers are those of draft-ietf-httpbis-resumable-upload; a file's SHA-256 stands in the address, which the draft
leaves to the server. What has arrived is kept part by part, each durable before it is counted; also of a request that
was cut off.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from server.core.access import Viewer
from server.core.api import problem, signed_in
from server.core.blob_store import part_key
from server.core.blob_words import why_refused
from server.core.blobs import ARRIVE, Arrived, Blob, own_blob
from server.core.i18n import N_, translate
from server.core.ids import new_id
from server.core.ops import Prepared
from server.core.security import hold_back
from server.core.services import Services
from server.core.writer import Submission

PART_BYTES = 2 * 1024**2
LEAST_BYTES = 16 * 1024
"""Smaller parts than that are not kept, but for the last one: a file would be in thousands."""
MEDIA_TYPE = "application/partial-upload"
_STOPPED = N_("The server's disk can't be written just now. It will be sent again.")


@dataclass(frozen=True)
class Upload:
    """One request about one's own file."""

    services: Services
    viewer: Viewer
    hash: str

    def blob(self) -> Blob:
        """The file as it is now; 404 for one that no op of this member has named."""
        with self.services.db.read() as session:
            found = own_blob(session, self.viewer, self.hash)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return found

    def say(self, text: str) -> str:
        return translate(self.viewer.locale, text)


async def handle_upload(request: Request) -> Response:
    """`HEAD` and `PATCH /e/{event}/uploads/{sha256}`."""
    services, viewer = await signed_in(request)
    hold_back(services.limits, "blob_member", viewer)
    upload = Upload(services, viewer, request.path_params["blob"])
    blob = await run_in_threadpool(upload.blob)
    if request.method == "HEAD" or blob.state != "awaited":
        return _where(blob)
    return await _append(request, upload, blob)


async def _append(request: Request, upload: Upload, blob: Blob) -> Response:
    if request.headers.get("content-type") != MEDIA_TYPE:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if request.headers.get("upload-offset") != str(blob.received):
        return _mismatch(upload, blob)
    content = await _arriving(request, min(PART_BYTES, blob.size - blob.received))
    try:
        blob = await run_in_threadpool(_keep, upload, blob, content)
        if blob.received < blob.size or blob.state != "awaited":
            return _where(blob)
        if not await run_in_threadpool(_is_whole, upload, blob):
            return _wrong(upload, await run_in_threadpool(_begin_anew, upload, blob))
    except OSError:
        headers = {"Retry-After": "5"}
        return problem(HTTPStatus.INSUFFICIENT_STORAGE, upload.say(_STOPPED), headers=headers)
    except _MovedError as moved:
        return _mismatch(upload, moved.blob)
    return _where(await _arrive(upload, blob))


async def _arriving(request: Request, most: int) -> bytes:
    """The body, also the beginning of one that was cut off; 413 for more than fits."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except ClientDisconnect:
        pass
    return bytes(body)


class _MovedError(Exception):
    """Another request has added to the file meanwhile."""

    def __init__(self, blob: Blob) -> None:
        super().__init__(blob.id)
        self.blob = blob


def _keep(upload: Upload, seen: Blob, content: bytes) -> Blob:
    """Put the part, then count it, unless it begins elsewhere by now."""
    if len(content) < min(LEAST_BYTES, seen.size - seen.received):
        return seen
    store, key = upload.services.blobs, part_key()
    if content:
        store.put(key, content)
    with upload.services.db.write() as session:
        blob = session.get_one(Blob, (seen.event_id, seen.id), with_for_update=True)
        has_moved = (blob.parts, blob.state) != (seen.parts, seen.state)
        if content and not has_moved:
            blob.parts, blob.received = [*blob.parts, key], blob.received + len(content)
            blob.moved_at = upload.services.clock.now()
    if has_moved:
        store.delete(key)
        raise _MovedError(blob)
    return blob


def _is_whole(upload: Upload, blob: Blob) -> bool:
    found = hashlib.sha256()
    try:
        for part in blob.parts:
            found.update(upload.services.blobs.get(part))
    except FileNotFoundError:
        return False
    return found.hexdigest() == blob.hash


def _begin_anew(upload: Upload, seen: Blob) -> Blob:
    """Forget what has arrived: a byte in it is wrong, or a part is gone."""
    with upload.services.db.write() as session:
        blob = session.get_one(Blob, (seen.event_id, seen.id), with_for_update=True)
        if blob.parts == seen.parts and blob.state == "awaited":
            blob.parts, blob.received = [], 0
    for part in seen.parts:
        upload.services.blobs.delete(part)
    return blob


async def _arrive(upload: Upload, blob: Blob) -> Blob:
    """Have it cleaned. What could not be recorded is asked for by the next request, which adds nothing."""
    args = Arrived(hash=blob.hash, parts=blob.parts)
    op = Prepared(new_id(), ARRIVE, args, "", None, None, None)
    services, viewer = upload.services, upload.viewer
    submission = Submission(viewer.event_id, viewer.id, [op], services.clock.now())
    await asyncio.wrap_future(services.writers.submit(submission))
    return await run_in_threadpool(upload.blob)


def _where(blob: Blob) -> Response:
    """How far the file is. It is complete once it is being cleaned, whatever comes of that."""
    is_complete = blob.state != "awaited"
    headers = {
        "Upload-Offset": str(blob.size if is_complete else blob.received),
        "Upload-Length": str(blob.size),
        "Upload-Complete": "?1" if is_complete else "?0",
        "Upload-Limit": f"max-append-size={PART_BYTES}, min-append-size={LEAST_BYTES}",
        "Cache-Control": "no-store",
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


def _mismatch(upload: Upload, blob: Blob) -> Response:
    title = upload.say(N_("The upload does not go on from there."))
    return problem(HTTPStatus.CONFLICT, title, headers=dict(_where(blob).headers))


def _wrong(upload: Upload, blob: Blob) -> Response:
    title = why_refused("wrong_hash", upload.viewer.locale)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, title, headers=dict(_where(blob).headers))
