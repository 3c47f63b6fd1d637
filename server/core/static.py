"""Static files: read once at start, compressed when first asked for, named by the build, cached for good."""

import hashlib
import mimetypes
from pathlib import Path

import brotli
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.core.cache import Cache

STATIC = Path(__file__).parents[2] / "static"
QUALITY = 9
_TEXT = {".css", ".js", ".svg", ".json", ".webmanifest"}
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")


class StaticFiles:
    """The files under `/static/{build}/…`. The build is a hash of them all, so an address never changes its content."""

    def __init__(self, folder: Path = STATIC) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self._plain = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        digest = hashlib.sha256()
        for name, content in self._plain.items():
            digest.update(name.encode() + b"\0" + content)
        self.build = digest.hexdigest()[:12]
        self._packed: Cache[str, bytes] = Cache(len(paths))

    async def serve(self, request: Request) -> Response:
        """One file; an address of another build is not found, so nobody mixes builds."""
        name = request.path_params["name"]
        if name not in self._plain or request.path_params["build"] != self.build:
            raise HTTPException(404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        media = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if Path(name).suffix in _TEXT and "br" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "br"
            packed = self._packed.get(name, lambda: brotli.compress(self._plain[name], quality=QUALITY))
            return Response(packed, media_type=media, headers=headers)
        return Response(self._plain[name], media_type=media, headers=headers)
