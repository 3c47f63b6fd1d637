"""The rules of tests/support/whole.py, on small suites of their own."""

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def only_this_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


SUITE = """
import pytest

@pytest.fixture
def postgres_server(): ...

@pytest.fixture
def browser(): ...

@pytest.fixture
def engine(request): ...

engines = pytest.mark.parametrize("engine", ["webkit", "firefox"], indirect=True)

@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request): ...
"""
STORE = "def test_store(backend): ..."
PAGE = "def test_page(browser): ..."
OTHERS = "@engines\ndef test_others(engine): ..."


def test_a_run_that_reached_all_passes(pytester: pytest.Pytester) -> None:
    done = _run(pytester, STORE, PAGE, OTHERS)
    assert done.ret == 0


def test_a_whole_run_without_postgresql_fails(pytester: pytest.Pytester) -> None:
    done = _run(pytester, PAGE, OTHERS)
    assert done.ret == 1
    done.stdout.fnmatch_lines("*needs tests on PostgreSQL; none passed*")


def test_a_whole_run_without_a_browser_fails(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "def test_store(postgres_server): ...", OTHERS)
    assert done.ret == 1
    done.stdout.fnmatch_lines("*needs tests on Chromium; none passed*")


def test_a_whole_run_without_the_engine_of_iphones_fails(pytester: pytest.Pytester) -> None:
    done = _run(pytester, STORE, PAGE)
    assert done.ret == 1
    done.stdout.fnmatch_lines("*needs tests on WebKit; none passed*")


def test_workers_of_xdist_count_together(pytester: pytest.Pytester) -> None:
    done = _run(pytester, STORE, PAGE, OTHERS, "-pxdist", "-n2")
    assert done.ret == 0


@pytest.mark.parametrize(
    "body",
    ["pytest.skip('no database')", "pytest.importorskip('no_such_module')"],
)
def test_a_skipped_test_is_a_failed_test(pytester: pytest.Pytester, body: str) -> None:
    done = _run(pytester, f"def test_store(backend): {body}", "def test_page(browser): ...")
    assert done.ret == 1
    done.assert_outcomes(failed=2, passed=1)


def test_a_mark_cannot_skip_either(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "@pytest.mark.skipif('True', reason='not here')\ndef test_page(browser): ...")
    done.stdout.fnmatch_lines("*skipped tests are failures here: *not here*")


def test_a_skipped_module_is_a_failure(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "pytest.skip('not here', allow_module_level=True)")
    assert done.ret != 0
    done.stdout.fnmatch_lines("*skipped modules are failures here: *not here*")


def test_browser_tests_run_last(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "def test_page(browser): ...", "def test_store(backend): ...", "-v")
    done.stdout.fnmatch_lines(["*test_store*", "*test_page*"])


def test_what_asked_for_more_time_goes_first_of_its_kind(pytester: pytest.Pytester) -> None:
    long = ("@pytest.mark.timeout(300)\ndef test_long_page(browser): ...", "def test_store(backend): ...")
    done = _run(pytester, PAGE, *long, "-v", "-Wignore")
    done.stdout.fnmatch_lines(["*test_store*", "*test_long_page*", "*test_page*"])


def _run(pytester: pytest.Pytester, *parts: str) -> pytest.RunResult:
    tests = [part for part in parts if not part.startswith("-")]
    options = [part for part in parts if part.startswith("-")]
    pytester.makepyfile(SUITE + "\n".join(tests))
    return pytester.runpytest_inprocess("--whole", "-p", "tests.support.whole", *options)
