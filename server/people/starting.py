"""The app on a home screen: what it is called, how it looks, and where it opens (W3C Web Application Manifest)."""

from http import HTTPStatus
from typing import Any

from starlette.responses import RedirectResponse, Response

from server.core import strict_json
from server.core.clock import operating_day
from server.core.i18n import LOCALES, N_, translate
from server.core.models import Event
from server.core.page import Ask, page
from server.people.queries import events_of_account

# `--bar` of the day in static/css/tokens.css, which is the icon's ground too: so the screen that shows while the app
# opens is one piece, and dark, since it knows nothing of night and backstage.
COLOUR = "#0a0d0c"
# (file, side in pixels, purpose): what Chrome asks of an app that can be installed, and Android to cut to its shape.
ICONS = (
    ("icon-192", 192, "any"),
    ("icon-512", 512, "any"),
    ("icon-maskable-192", 192, "maskable"),
    ("icon-maskable-512", 512, "maskable"),
)
SCREENS = (("now", N_("Now")), ("sheet", N_("Sheet")), ("mine", N_("Mine")))


def manifest(ask: Ask) -> Response:
    """The app's manifest in the language of `lang`. It changes with each build, so nobody keeps it unasked."""
    wanted = ask.request.query_params.get("lang", "")
    document = _manifest(f"/static/{ask.services.build}/icons", wanted if wanted in LOCALES else ask.locale)
    headers = {"Cache-Control": "no-cache"}
    return Response(strict_json.dumps(document), headers=headers, media_type="application/manifest+json")


def start(ask: Ask) -> Response:
    """Where the app opens: my event. The fragment, which names the screen, goes along (RFC 9110, 10.2.2)."""
    event = ask.person.event_id or _event_of_account(ask)
    return RedirectResponse(f"/e/{event}" if event else "/", HTTPStatus.SEE_OTHER)


def _manifest(icons: str, locale: str) -> dict[str, Any]:
    name = translate(locale, N_("Fieldcue"))
    drawn = [
        {"src": f"{icons}/{file}.png", "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
        for file, side, purpose in ICONS
    ]
    return {
        "id": "/",
        "name": name,
        "short_name": name,
        "description": translate(locale, N_("Run sheet, calls and messages of a live event.")),
        "lang": locale,
        "dir": "ltr",
        "start_url": "/start",
        "scope": "/",
        "display": "standalone",
        "theme_color": COLOUR,
        "background_color": COLOUR,
        "categories": ["productivity", "business"],
        "icons": drawn,
        "shortcuts": [
            {"name": translate(locale, word), "url": f"/start#{screen}", "icons": drawn[:1]}
            for screen, word in SCREENS
        ],
    }


def _event_of_account(ask: Ask) -> str:
    """The account's one event that is on today, else its only one."""
    with ask.services.db.read() as session:
        events = events_of_account(session, ask.person.account_id or "")
    today = [event for event in events if _is_on(event, ask.services.clock.now())]
    (found,) = today if len(today) == 1 else events if len(events) == 1 else (None,)
    return found.id if found else ""


def _is_on(event: Event, now: int) -> bool:
    today = operating_day(now, event.timezone, event.day_change_s).isoformat()
    return today in {day["date"] for day in event.days}


ROUTES = [
    page("/manifest.webmanifest", manifest, public=True),
    page("/start", start),
]
