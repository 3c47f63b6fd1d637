"""The live layer served for the tests of its parts."""

from collections.abc import Iterator

import pytest

from tests.support.live import NEVER, QUICK, LiveApp, live_app


@pytest.fixture
def app() -> Iterator[LiveApp]:
    """With quick clocks."""
    with live_app(pace=QUICK) as app:
        yield app


@pytest.fixture
def unpolled() -> Iterator[LiveApp]:
    """Without any help by the clock."""
    with live_app(pace=NEVER) as app:
        yield app
