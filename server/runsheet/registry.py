"""Every op of the run sheet, and all that it has done in the background."""

from server.core.jobs import Handler
from server.core.ops import OpSet
from server.runsheet import (
    actions,
    acts,
    attachments,
    baselines,
    batch,
    calendars,
    calling,
    comments,
    copying,
    delays,
    entries,
    handing,
    holding,
    importing,
    notices,
    publishing,
    rehearsals,
    repeating,
    reshaping,
    restoring,
    rolling,
    screens,
    signals,
    variants,
)

OPS = OpSet().include(
    actions.ops,
    acts.ops,
    attachments.ops,
    baselines.ops,
    batch.ops,
    calendars.ops,
    calling.ops,
    comments.ops,
    copying.ops,
    delays.ops,
    entries.ops,
    handing.ops,
    holding.ops,
    importing.ops,
    notices.ops,
    publishing.ops,
    rehearsals.ops,
    reshaping.ops,
    restoring.ops,
    rolling.ops,
    screens.ops,
    signals.ops,
    variants.ops,
)

JOBS: dict[str, Handler] = importing.HANDLERS | repeating.HANDLERS
