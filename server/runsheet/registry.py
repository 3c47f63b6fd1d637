"""Every op of the run sheet."""

from server.core.ops import OpSet
from server.runsheet import (
    actions,
    acts,
    attachments,
    baselines,
    calling,
    delays,
    entries,
    handing,
    holding,
    importing,
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
    calling.ops,
    delays.ops,
    entries.ops,
    handing.ops,
    holding.ops,
    importing.ops,
    rolling.ops,
    screens.ops,
    signals.ops,
    variants.ops,
)
