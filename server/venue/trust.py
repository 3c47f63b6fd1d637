"""The page over plain http that helps a phone to trust this server, and nothing else: no sign-in, no cookie.

Other addresses come here too, and not to https: a phone that doesn't trust the server yet would only see a warning,
and people would learn to click it away.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from plistlib import FMT_XML, dumps

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from server.core.i18n import LOCALES, preferred
from server.core.page import Templates
from server.core.security import SecurityMiddleware
from server.core.static import StaticFiles
from server.venue.authority import fingerprint

STEM = "/fieldcue-ca"
# What an iPhone reads; what Android, Windows and macOS open; what everything else takes.
_MEDIA = {
    ".mobileconfig": "application/x-apple-aspen-config",
    ".crt": "application/x-x509-ca-cert",
    ".pem": "application/x-pem-file",
}
_LOOKS = ("css/", "joined/base.css", "icons/", "joined/look.js")


@dataclass(frozen=True)
class Doorstep:
    """What the page needs: where phones go afterwards, where they are now, and what they have to trust."""

    secure_origin: str
    origin: str
    authority: Path


def trust_app(step: Doorstep, static: StaticFiles, *, dev: bool = False) -> Starlette:
    """The page, the downloads, and the page's looks."""
    certificate = x509.load_pem_x509_certificate(step.authority.read_bytes())
    templates = Templates(build=static.build, dev=dev)
    files = {
        ".mobileconfig": _profile(certificate, step.secure_origin),
        ".crt": certificate.public_bytes(Encoding.DER),
        ".pem": certificate.public_bytes(Encoding.PEM),
    }

    async def page(request: Request) -> Response:
        asked = request.query_params.get("lang", "")
        locale = asked if asked in LOCALES else preferred(request.headers.get("accept-language", ""))
        html = templates.render(
            "people/trust.html", locale, step=step, stem=STEM, fingerprint=fingerprint(certificate),
            whom=_common_name(certificate), until=certificate.not_valid_after_utc.date().isoformat(),
        )  # fmt: skip
        return Response(
            html, media_type="text/html", headers={"Cache-Control": "no-store", "Vary": "Accept-Language"}
        )

    def download(ending: str) -> Callable[[Request], Awaitable[Response]]:
        name = f"{STEM.removeprefix('/')}{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}

        async def send(_request: Request) -> Response:
            return Response(files[ending], media_type=_MEDIA[ending], headers=headers)

        return send

    async def looks(request: Request) -> Response:
        if not request.path_params["name"].startswith(_LOOKS):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return await static.serve(request)

    async def here(_request: Request) -> Response:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)

    return Starlette(
        routes=[
            Route("/", page),
            *(Route(STEM + ending, download(ending)) for ending in _MEDIA),
            Route("/static/{build}/{name:path}", looks),
            Route("/{path:path}", here),
        ],
        middleware=[Middleware(SecurityMiddleware, origin=step.origin, secure=False, tell=_refuse)],
        exception_handlers={HTTPException: _refuse},
    )


async def _refuse(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return PlainTextResponse(HTTPStatus(status).phrase, status)


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def _profile(certificate: x509.Certificate, origin: str) -> bytes:
    """A configuration profile with the authority in it, as Apple's devices install it (com.apple.security.root)."""
    mark = fingerprint(certificate)
    identifier = f"fieldcue.{mark.replace(':', '')[:16].lower()}"
    root = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.root",
        "PayloadUUID": _uuid(f"{mark} root"),
        "PayloadDisplayName": _common_name(certificate),
        "PayloadCertificateFileName": "fieldcue-ca.crt",
        "PayloadContent": certificate.public_bytes(Encoding.DER),
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": _uuid(mark),
        "PayloadDisplayName": _common_name(certificate),
        "PayloadDescription": f"Fieldcue 場控 · {origin}",
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [root],
    }
    return dumps(profile, fmt=FMT_XML)


def _uuid(text: str) -> str:
    """The same for the same authority, so that installing it again replaces it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text)).upper()
