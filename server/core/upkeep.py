"""What the serving process does beside serving, once a day: forget what nobody asks for any more."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from server.core import blob_work
from server.core.log import forget_receipts
from server.core.services import Services

DAY_SECONDS = 86_400
log = logging.getLogger(__name__)


async def keep_up(services: Services) -> None:
    """Once a day, and at the start."""
    while True:
        try:
            await asyncio.to_thread(forget_receipts, services.db, services.clock.now())
        except SQLAlchemyError:
            log.exception("old receipts could not be forgotten")
        try:
            await asyncio.to_thread(
                blob_work.forget_uploads, services.db, services.blobs, services.clock.now()
            )
        except (SQLAlchemyError, OSError):
            log.exception("old uploads could not be forgotten")
        await asyncio.sleep(DAY_SECONDS)
