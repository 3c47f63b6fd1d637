"""What tests have done aside: it must be found there by its module's name."""

import os
import sys

from server.core.aside import Say


def echo(say: Say, *parts: object) -> None:
    """Say what one was given."""
    for part in parts:
        say(part)


def whereabouts(say: Say) -> None:
    say({"pid": os.getpid(), "environment": sorted(os.environ), "folder": os.getcwd()})  # noqa: PTH109 - as it is


def fall(say: Say) -> None:
    """Fail after a first word."""
    say({"begun": True})
    sys.exit("no further")


def for_ever(say: Say) -> None:
    """Never stop talking."""
    while True:
        say({"more": "x" * 1000})


def silent(_say: Say) -> None:
    """Never say a word."""
    while True:
        pass
