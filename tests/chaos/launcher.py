"""The stable of a chaos run: as the browsers' one, but a server may be told to carry a fault (see mutants.py)."""

import os
from collections.abc import Sequence

from tests.browser import stable
from tests.chaos.mutants import MUTANTS


def run(arguments: Sequence[str]) -> int:
    """A command of the program, with the fault that the environment names."""
    from server import cli  # noqa: PLC0415 - imported already, before the fork

    if name := os.environ.get("FIELDCUE_MUTANT"):
        MUTANTS[name].apply()
    return cli.main(arguments)


if __name__ == "__main__":
    stable.main(run)
