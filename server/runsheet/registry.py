"""Every op of the run sheet."""

from server.core.ops import OpSet
from server.runsheet import (
    actions,
    acts,
    attachments,
    baselines,
    batch,
    calling,
    copying,
    delays,
    entries,
    handing,
    holding,
    importing,
    rehearsals,
    reshaping,
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
    calling.ops,
    copying.ops,
    delays.ops,
    entries.ops,
    handing.ops,
    holding.ops,
    importing.ops,
    rehearsals.ops,
    reshaping.ops,
    rolling.ops,
    screens.ops,
    signals.ops,
    variants.ops,
)
