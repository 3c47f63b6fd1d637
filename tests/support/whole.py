"""No test is skipped, and a whole run (`--whole`, as `make test` asks) reached PostgreSQL, and every engine.

A skipped test looks like a passed one in a summary that nobody reads; here it is a failure. A test that is
meant for one database says so by a parameter: `@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)`.
"""

from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

PLACES = {
    "needs_postgresql": "PostgreSQL",
    "needs_chromium": "Chromium",
    "needs_webkit": "WebKit",
    "needs_firefox": "Firefox",
}

# Which fixtures stand for which place; `backend` and `engine` say it by their parameters.
FIXTURES = {
    "needs_postgresql": {"postgres_server", "postgresql_databases"},
    "needs_chromium": {"browser"},
}

_passed = pytest.StashKey[Counter[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--whole", action="store_true", help="fail unless tests ran on PostgreSQL and in every engine"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_passed] = Counter()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs where, and run the browser's tests last; what asked for more time goes first of its kind.

    Playwright's loop stays "running" in a thread that once used its sync API, so an async test after it
    fails. Workers of pytest-xdist's `load` scheduler keep this order; those of `worksteal` don't. A long test at
    the end would leave the other workers idle.
    """
    for item in items:
        for mark in _needs(item):
            item.add_marker(mark)
    items.sort(key=lambda item: (_needs_the_end(item), item.get_closest_marker("timeout") is None))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped tests are failures here: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped modules are failures here: {_reason(report.longrepr)}"
    return report


class _Tally:
    """Counts on the process that collects the reports: this one, or the controller of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.config.stash[_passed].update(PLACES.keys() & report.keywords)


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.pluginmanager.register(_Tally(session.config), "tally")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _missing(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401 - not public
    for place in _missing(config):
        terminalreporter.write_line(f"A whole run needs tests on {place}; none passed.", red=True, bold=True)


def _missing(config: pytest.Config) -> list[str]:
    if not config.getoption("--whole") or hasattr(config, "workerinput"):
        return []
    return [place for mark, place in PLACES.items() if not config.stash[_passed][mark]]


def _needs(item: pytest.Item) -> list[str]:
    used = set(getattr(item, "fixturenames", ()))
    params = getattr(getattr(item, "callspec", None), "params", {})
    told = {f"needs_{params.get(name)}" for name in ("backend", "engine")} & PLACES.keys()
    return [mark for mark, fixtures in FIXTURES.items() if used & fixtures] + sorted(told)


def _needs_the_end(item: pytest.Item) -> bool:
    """Whatever starts Playwright keeps its loop for itself, also where no fixture of ours tells so."""
    return "browser" in item.path.parts or item.get_closest_marker("needs_chromium") is not None


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
