"""Pages in brotli, as they are kept and sent."""

import brotli
from starlette.requests import Request
from starlette.responses import Response

# A page is packed while somebody waits for it.
PAGE_QUALITY = 5


def packed_page(html: str) -> bytes:
    """In brotli, as quickly as it is made."""
    return bytes(brotli.compress(html.encode(), quality=PAGE_QUALITY))


def packed_answer(request: Request, packed: bytes, media: str, headers: dict[str, str]) -> Response:
    """What is kept in brotli: as it is for those who take that (RFC 9110, 12.5.3), unpacked for others."""
    if "br" in request.headers.get("accept-encoding", ""):
        return Response(packed, headers=headers | {"Content-Encoding": "br"}, media_type=media)
    return Response(brotli.decompress(packed), headers=headers, media_type=media)
