"""Static files: read once at start, compressed when first asked for, named by the build, cached for good."""

import hashlib
import json
import mimetypes
import re
from collections.abc import Iterable
from pathlib import Path

import brotli
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.core.cache import Cache
from server.core.joining import join_modules

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
# What else a phone's copy of a page is made of: with other markup or words it is another build too.
ALSO_SHOWN = (ROOT / "templates", ROOT / "sw", ROOT / "server" / "locales")
QUALITY = 10
# What stands in one file although it is many, in this order: the modules of the phone and of the desktop's table, what
# runs before anything is painted, the styles of every page, the phone's, and those of them that a first screen can do
# without.
JOINED = "joined"
PROGRAMS = {"js/phone.js": JOINED, "js/grid/main.js": f"{JOINED}/grid"}
_STYLES = tuple(
    f"css/{name}.css" for name in ("tokens", "base", "components", "cue", "now", "pages", "early")
)
_REST = tuple(f"css/{name}.css" for name in ("host", "phone", "plans", "told"))
_TOGETHER = {
    "first.js": ("js/theme.js", "js/guard.js", "js/ahead.js"),
    "look.js": ("js/theme.js", "js/early.js"),
    "base.css": _STYLES,
    "rest.css": _REST,
    "phone.css": (*_STYLES, *_REST),
}
# From the start of a line to its end: // …, or /* … */ over however many lines.
_CSS_TAILS = re.compile(rb"[ \t]*/\*[^\n]*?\*/$", re.MULTILINE)
_COMMENT_LINES = re.compile(rb"^[ \t]*(?://[^\n]*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)(?=\n)", re.MULTILINE)
_TEXT = {".css", ".js", ".svg", ".json", ".webmanifest"}
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")


class StaticFiles:
    """The files under `/static/{build}/…`. The build is a hash of them all, so an address never changes its content."""

    def __init__(self, folder: Path = STATIC, *also: Path) -> None:
        self._plain = {name: _lean(name, content) for name, content in _read(folder).items()}
        digest = hashlib.sha256()
        for each in (folder, *also):
            for name, content in _read(each).items():
                digest.update(name.encode() + b"\0" + content)
        self.build = digest.hexdigest()[:12]
        self._plain |= _joined(self._plain)
        self._packed: Cache[str, bytes] = Cache(len(self._plain))

    def text(self, name: str) -> str:
        """A text file as it is; KeyError if there is none of this name."""
        return self._plain[name].decode()

    def gather(self, name: str, parts: Iterable[str]) -> None:
        """Serve one file more: the types and texts of others by their names, in JSON."""
        texts = {part: [_media(part), self.text(part)] for part in parts}
        self._plain[name] = json.dumps(texts, ensure_ascii=False).encode()

    async def serve(self, request: Request) -> Response:
        """One file; an address of another build is not found, so nobody mixes builds."""
        name = request.path_params["name"]
        if name not in self._plain or request.path_params["build"] != self.build:
            raise HTTPException(404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if Path(name).suffix in _TEXT and "br" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "br"
            packed = self._packed.get(name, lambda: brotli.compress(self._plain[name], quality=QUALITY))
            return Response(packed, media_type=_media(name), headers=headers)
        return Response(self._plain[name], media_type=_media(name), headers=headers)


def _media(name: str) -> str:
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{media}; charset=utf-8" if media.startswith("text/") else media


def _lean(name: str, content: bytes) -> bytes:
    """A module or a stylesheet of ours without the lines that are comments alone, and a style's at the ends of lines.

    They are for us, not for phones.

    The lines stay, empty, so that a place in an error is the place in the file. It saves a fifth of a first visit.
    """
    if name.startswith("vendor/") or Path(name).suffix not in {".js", ".css"}:
        return content
    if name.endswith(".css"):
        content = _CSS_TAILS.sub(b"", content)
    return _COMMENT_LINES.sub(lambda found: b"\n" * found[0].count(b"\n"), content)


def _joined(plain: dict[str, bytes]) -> dict[str, bytes]:
    """The files under `joined/`."""
    texts = {name: content.decode() for name, content in plain.items() if name.endswith((".js", ".css"))}
    joined: dict[str, str] = {}
    for entry, folder in PROGRAMS.items():
        joined |= join_modules(texts, entry, folder) if entry in texts else {}
    for name, parts in _TOGETHER.items():
        joined[f"{JOINED}/{name}"] = "".join(texts.get(part, "") for part in parts)
    return {name: text.encode() for name, text in joined.items()}


def _read(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its path there; what Python leaves beside them is none."""
    paths = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".mo", ".pyc"}
    )
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
