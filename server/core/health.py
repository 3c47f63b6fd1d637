"""How a process says that it is well: to whoever starts it, to load balancers and to Prometheus."""

import asyncio
from functools import partial
from http import HTTPStatus

from prometheus_client import REGISTRY, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.core.auth import bearer
from server.core.ids import same_secret
from server.core.metrics import SOCKETS
from server.core.services import Services


async def get_alive(request: Request) -> Response:
    """It runs; and what time it has (ms), by which a service worker corrects what a phone's wrong clock said."""
    services: Services = request.app.state.services
    return JSONResponse({"status": "ok", "ms": services.clock.now()})


async def get_ready(request: Request) -> Response:
    """Ready when the database answers."""
    services: Services = request.app.state.services
    try:
        await asyncio.to_thread(partial(services.feed.head, ""))
    except Exception:  # noqa: BLE001 - whatever is wrong with the database, we are not ready
        return JSONResponse({"status": "database"}, HTTPStatus.SERVICE_UNAVAILABLE)
    return JSONResponse({"status": "ok"})


async def get_metrics(request: Request) -> Response:
    """`GET /metrics`, in Prometheus' text format 0.0.4, with `FIELDCUE_METRICS_TOKEN` as bearer token; else 404."""
    services: Services = request.app.state.services
    token = services.settings.metrics_token
    if not token or not same_secret(bearer(request) or "", token):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    SOCKETS.set(len(services.hub) if services.hub else 0)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4)
