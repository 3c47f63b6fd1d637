"""What is done to a file aside (`aside.py`), within limits that the process takes upon itself first."""

import resource
from typing import Any

from server.core.aside import Say
from server.core.documents import check_document
from server.core.media import DOCUMENTS, RefusedError

LIMITS = {"memory_bytes": 1024**3, "cpu_s": 30}
SECONDS = 60.0


def clean(say: Say, media: str, limits: dict[str, int], content: bytes) -> None:
    """Says `{"refused": code}`; or what is kept, and then its bytes: of a photo two, of a document none.

    `{"media": …, "width": …, "height": …}`, and a document has no width and height.
    """
    _bound(**limits)
    try:
        _clean(say, media, content)
    except RefusedError as refusal:
        say({"refused": refusal.code})
    except (MemoryError, RecursionError):
        say({"refused": "too_heavy"})


def _clean(say: Say, media: str, content: bytes) -> None:
    if media in DOCUMENTS:
        check_document(media, content)
        say({"media": media, "width": None, "height": None})
        return
    # Decoders stay out of the process that serves.
    from server.core.images import clean_image  # noqa: PLC0415 - as said above

    cleaned = clean_image(media, content)
    say({"media": cleaned.media, "width": cleaned.width, "height": cleaned.height})
    say(cleaned.photo)
    say(cleaned.thumb)


def _bound(memory_bytes: int, cpu_s: int) -> None:
    """No more memory or time than given, no file written but a little of what went wrong, no core left behind."""
    limits: tuple[tuple[int, Any], ...] = (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 64 * 1024),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in limits:
        resource.setrlimit(kind, (most, most))
