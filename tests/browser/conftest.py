"""The demo's show for stories in the browser: seeded once, copied and served for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.show import Show, seed
from tests.browser.stable import Ready, Stable
from tests.support.proxy import Proxy


@pytest.fixture(scope="session")
def stable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stable]:
    waiting = Stable(tmp_path_factory.mktemp("stable"))
    yield waiting
    waiting.close()


@pytest.fixture
def run_server(
    stable: Stable, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Ready]]:
    """As everywhere, from the stable."""
    servers: list[Ready] = []

    def run(database_url: str | None = None, **settings: str) -> Ready:
        folder = tmp_path / f"server-{len(servers) + 1}"
        folder.mkdir()
        url = database_url or request.getfixturevalue("sqlite_databases").migrated()
        servers.append(Ready(stable, folder, url, **settings))
        return servers[-1]

    yield run
    for server in servers:
        stable.leave(server)


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
