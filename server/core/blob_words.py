"""Why a file is not taken, in words."""

from server.core.i18n import N_, translate

REASONS = {
    "not_that_kind": N_("The file is not what its name says. Open it, save it anew, and send that."),
    "broken": N_("The file is damaged or was cut short. Please send it again."),
    "two_kinds": N_("The file holds another one inside. Save it anew, and send that."),
    "too_many_pixels": N_("The photo has more than 64 million pixels. Make it smaller, and send that."),
    "too_heavy": N_("The file takes too much memory to open. Make it smaller, and send that."),
    "bomb": N_("Unpacked, the file would be far too large, so it was not opened."),
    "has_macros": N_("The file holds macros. Save it without them, and send that."),
    "wrong_hash": N_("The file changed on its way. Please send it again."),
    "left": N_("Whoever was sending it is no longer in this event."),
    "failed": N_("Something went wrong on the server. Please send it again."),
}


def why_refused(reason: str, locale: str) -> str:
    """The sentence of a code."""
    return translate(locale, REASONS[reason if reason in REASONS else "failed"])
