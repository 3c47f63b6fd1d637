"""What every test may use comes from tests/support."""

import pytest

pytest_plugins = [
    "tests.support.fixtures",
    "tests.support.quick",
    "tests.support.show",
    "tests.support.served",
    "tests.support.forked",
    "tests.support.sending",
    "tests.support.whole",
    "tests.support.modules",
    "tests.people.stage",
]


@pytest.fixture(scope="session")
def base_url() -> None:
    """Servers come and go within a run, so `devices` takes the address of each.

    It stands here because pytest-playwright registers its own after all plugins.
    """
