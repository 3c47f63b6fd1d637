"""What a monitor at the stage is shown of rows: those of its own track."""

from collections.abc import Callable
from typing import Any

from server.core.models import Entity
from server.runsheet.hanging import Signal
from server.runsheet.models import Cue, Track

TIMER = "timer"
_TRACK_OF: dict[str, Callable[[Any], str]] = {
    Cue.entity_kind: lambda cue: cue.track,
    Signal.entity_kind: lambda signal: signal.id,
    Track.entity_kind: lambda track: track.id,
}


def is_elsewhere(entity: Entity, view: str) -> bool:
    """Whether a view is a monitor's, and the entity is of another track than its own."""
    name, _, track = view.partition(":")
    return name == TIMER and _TRACK_OF[entity.entity_kind](entity) != track


def farewell(entity: Entity) -> str:
    """What takes an entity out of a page that may have it."""
    return f"<del data-kind={entity.entity_kind} data-id={entity.id} data-v={entity.version}></del>"
