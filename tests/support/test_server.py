from collections.abc import Callable

import pytest

from tests.support.child import listens
from tests.support.server import Server

Run = Callable[..., Server]


def test_the_program_serves_on_both_databases(run_server: Run, database_url: str) -> None:
    server = run_server(database_url)
    assert listens(server.port)
    server.stop()
    assert not listens(server.port)


def test_it_comes_back_on_the_same_port_after_it_was_killed(run_server: Run) -> None:
    server = run_server()
    server.kill()
    server.restart()
    assert listens(server.port)


def test_two_servers_stand_side_by_side(run_server: Run) -> None:
    assert run_server().port != run_server().port


def test_a_server_that_cannot_start_says_why(run_server: Run) -> None:
    with pytest.raises(AssertionError, match="ended with 1"):
        run_server("no-such-database://")
