"""The demo's show for stories in the browser: seeded once, copied and served for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.show import Show, seed
from tests.browser.stable import Ready, Stable
from tests.support.proxy import Proxy


@pytest.fixture
def run_server(run_forked: Callable[..., Ready]) -> Callable[..., Ready]:
    """As everywhere, from the stable."""
    return run_forked


@pytest.fixture(scope="session")
def seeded_show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed(tmp_path_factory.mktemp("seed"))


@pytest.fixture
def show(stable: Stable, tmp_path: Path, seeded_show: Path) -> Iterator[Show]:
    """The demo at 14:36:40: act 1 runs on the main stage, 3:20 behind; its last cues are to come."""
    running = Show(stable, tmp_path, seeded_show)
    yield running
    stable.leave(running)


@pytest.fixture
def show_behind(
    stable: Stable, tmp_path: Path, seeded_show: Path, proxy_to: Callable[[int], Proxy]
) -> Iterator[tuple[Show, Proxy]]:
    """The same behind a proxy that can hang and cut, by which the phones come."""
    proxy = proxy_to(0)
    running = Show(stable, tmp_path, seeded_show, public_url=proxy.url)
    proxy.target = running.port
    yield running, proxy
    stable.leave(running)
