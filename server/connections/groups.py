"""What a webhook can be told of: changes in groups that a person would choose, by what the log calls them."""

from collections.abc import Collection

_CALLS = {
    "go": ("cue.go", "cue.turn", "cue.rewind", "cue.finish", "cue.skip", "cue.uncall"),
    "standby": ("cue.warm", "cue.standby"),
    "halt": ("track.hold", "track.release", "track.uncall", "cue.pause", "cue.resume"),
    "time": ("cue.nudge",),
}
_OF_KIND = {kind: group for group, kinds in _CALLS.items() for kind in kinds}
_CALLED = frozenset({"cue", "track"})
_SAID = frozenset({"comment", "entry", "act", "attachment", "mark", "signal"})
# Who works here is told to nobody outside, and what is ours alone concerns nobody.
_NEVER = frozenset({"member", "me", "contact", "note", "job", "blob", "notice", "webhook"})
GROUPS = (*_CALLS, "sheet", "said")


def group_of(kind: str, of: str) -> str | None:
    """The group of a change, by its kind and its entity's; None for what no webhook is told."""
    if of in _NEVER:
        return None
    called = _OF_KIND.get(kind) if of in _CALLED else None  # a first GO also freezes the plan
    return called or ("said" if of in _SAID else "sheet")


def wants(groups: Collection[str], kind: str, of: str) -> bool:
    """Whether somebody who chose these groups is told of a change."""
    return group_of(kind, of) in groups
