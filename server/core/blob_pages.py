"""Photos to look at and files to download, for those who may see what they hang on."""

from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from urllib.parse import quote

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from server.core.access import Viewer
from server.core.api import signed_in
from server.core.blob_store import key_of
from server.core.blobs import Blob, visible_blob
from server.core.media import PHOTOS
from server.core.security import hold_back
from server.core.services import Services

Holder = Callable[[Session, Viewer, str], Sequence[tuple[str, str]]]
"""Of a feature: (member, name) of every file of a hash that hangs on something that the viewer may see."""

# Nothing in a file may run, load or be framed, whatever a browser takes it for.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Vary": "Cookie",
}


async def get_blob(request: Request) -> Response:
    """`GET /e/{event}/blobs/{sha256}`: a photo as it was cleaned; a document as a download."""
    return await _get(request, is_thumb=False)


async def get_thumb(request: Request) -> Response:
    """`GET /e/{event}/blobs/{sha256}/thumb`: a photo, at most 400 pixels wide and high."""
    return await _get(request, is_thumb=True)


async def _get(request: Request, *, is_thumb: bool) -> Response:
    services, viewer = await signed_in(request)
    hold_back(services.limits, "blob_member", viewer)
    blob, name = await run_in_threadpool(_visible, services, viewer, request.path_params["blob"])
    stored = blob.thumb if is_thumb else blob.stored
    if not stored:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    headers = _HEADERS | {"ETag": f'"{stored}"', "Content-Disposition": _disposition(blob, name)}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    pieces = await run_in_threadpool(_pieces, services, stored)
    return StreamingResponse(pieces, headers=headers, media_type=blob.stored_media)


def _visible(services: Services, viewer: Viewer, content_hash: str) -> tuple[Blob, str]:
    """The file and its name; 404 if the viewer may not see it, or if it is not there: one looks like the other."""
    with services.db.read() as session:
        held = [each for holder in services.holders for each in holder(session, viewer, content_hash)]
        blob = visible_blob(session, viewer, content_hash, [member for member, _ in held])
    if blob is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return blob, next((name for _, name in held), "")


def _pieces(services: Services, stored: str) -> Iterator[bytes]:
    try:
        return services.blobs.pieces(key_of(stored))
    except FileNotFoundError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND) from error


def _disposition(blob: Blob, name: str) -> str:
    """Photos are shown, all else is only ever saved (RFC 6266), under its name."""
    how = "inline" if blob.stored_media in PHOTOS else "attachment"
    return f"{how}; filename*=UTF-8''{quote(name, safe='')}" if name else how
