"""Fixtures that every test may use; CONTRIBUTING.md lists them."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop
from hypothesis import settings
from playwright.sync_api import Browser, Page, Playwright
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.support import browser as chromium
from tests.support.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.support.memory import quick_folder
from tests.support.postgres import PostgresServer
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.valkey import ValkeyServer

BACKENDS = ("sqlite", "postgresql")

# A busy machine is no bug: pytest-timeout bounds a test, not each example.
settings.register_profile("fieldcue", deadline=None)
settings.load_profile("fieldcue")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], object]]:
    """Async tests run on the loop that the server runs on."""
    return {"uvloop": uvloop.new_event_loop}


# --- databases


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this process (each worker of pytest-xdist has one); 0.8 s, once."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    """In memory where there is room: tests kill processes, not machines, and each commit would wait for the disk."""
    folder = quick_folder("fieldcue-sqlite-")
    yield SqliteDatabases(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_databases(postgres_server: PostgresServer) -> PostgresDatabases:
    return PostgresDatabases(postgres_server)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Runs the test once on each: "sqlite", "postgresql"."""
    return str(request.param)


@pytest.fixture
def databases(backend: str, request: pytest.FixtureRequest) -> Databases:
    """A source of more than one database of this backend."""
    # Looked up by name, so that a test on SQLite alone starts no PostgreSQL.
    source: Databases = request.getfixturevalue(f"{backend}_databases")
    return source


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A database with the newest tables and no rows, of this test alone; on both backends."""
    url = databases.migrated()
    yield url
    databases.forget(url)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """A database without any table, of this test alone; on both backends."""
    url = databases.empty()
    yield url
    databases.forget(url)


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    """As `database_url`, on SQLite only."""
    url = sqlite_databases.migrated()
    yield url
    sqlite_databases.forget(url)


@pytest.fixture
def postgresql_url(postgresql_databases: PostgresDatabases) -> Iterator[str]:
    """As `database_url`, on PostgreSQL only."""
    url = postgresql_databases.migrated()
    yield url
    postgresql_databases.forget(url)


# --- the bus


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    yield server
    server.stop()


@pytest.fixture
def redis_url(valkey_server: ValkeyServer) -> str:
    """A real Valkey without keys."""
    valkey_server.flush()
    return valkey_server.url


# --- the program


@pytest.fixture
def run_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    """`run_server(database_url=…, redis_url=…, dev="1", …)` starts `fieldcue serve` and waits until it is healthy.

    Settings go by their names without the prefix. Without `database_url` it is a fresh SQLite file.
    """
    servers: list[Server] = []

    def run(database_url: str | None = None, **settings: str) -> Server:
        folder = tmp_path / f"server-{len(servers) + 1}"
        folder.mkdir()
        url = database_url or request.getfixturevalue("sqlite_databases").migrated()
        servers.append(Server(folder, url, **settings))
        return servers[-1]

    yield run
    for server in servers:
        server.stop()


@pytest.fixture
def proxy_to() -> Iterator[Callable[[int], Proxy]]:
    """`proxy_to(server.port)` puts a proxy that can cut, hang and delay before a port."""
    proxies: list[Proxy] = []

    def make(target: int) -> Proxy:
        proxies.append(Proxy(target))
        return proxies[-1]

    yield make
    for proxy in proxies:
        proxy.close()


# --- the browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {
        "executable_path": chromium.shell_path(),
        "args": list(chromium.FLAGS),
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"locale": "zh-TW", "timezone_id": "Asia/Taipei"}


@pytest.fixture
def devices(playwright: Playwright, new_context: CreateContextCallback) -> Iterator[chromium.Devices]:
    """Phones and desktops of different people: `devices.phone(server.url)`, `devices.desktop(server.url)`."""
    opened = chromium.Devices(playwright, new_context)
    yield opened
    assert opened.left() == []


@pytest.fixture
def full_devices(
    playwright: Playwright, launch_browser: Callable[..., Browser], browser_context_args: dict[str, Any]
) -> Iterator[chromium.Devices]:
    """As `devices`, in a whole Chromium: for what its shell lacks, such as Background Sync."""
    browser = launch_browser(executable_path=chromium.chromium_path())
    opened = chromium.Devices(playwright, partial(browser.new_context, **browser_context_args))
    yield opened
    browser.close()
    assert opened.left() == []


@pytest.fixture
def phone(devices: chromium.Devices) -> Page:
    """One page on a Pixel 7."""
    return devices.phone()


@pytest.fixture
def iphone(devices: chromium.Devices) -> Page:
    """One page with the size and agent of an iPhone 15 (the engine is still Chromium's)."""
    return devices.phone(device="iPhone 15")


@pytest.fixture
def desktop(devices: chromium.Devices) -> Page:
    """One page on a laptop, 1440 × 900."""
    return devices.desktop()
