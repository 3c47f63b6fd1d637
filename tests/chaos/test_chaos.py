"""A few chaos runs, and a look whether the checker would find what it is there for."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.browser.stable import Stable
from tests.chaos.mutants import MUTANTS
from tests.chaos.run import Ground
from tests.chaos.scenario import plan

RUNS = {"sqlite": 2, "postgresql": 1}
# Those that the first run shows; `make chaos MUTANTS=1` looks for all.
CHEAP = ("missing removal", "savepoint that survives")
MOST_RUNS = 4

Make = Callable[[str, str], Ground]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Make]:
    """`ground(backend, mutant)`: where runs take place, all from one stable."""
    folder = tmp_path_factory.mktemp("chaos")
    stable = Stable(tmp_path_factory.mktemp("stable"), module="tests.chaos.launcher")

    def make(backend: str, mutant: str = "") -> Ground:
        place = folder / f"{backend}-{mutant}".replace(" ", "-")
        return Ground(place, backend, request.getfixturevalue(f"{backend}_databases"), stable, mutant)

    yield make
    stable.close()


@pytest.mark.timeout(240)
def test_whatever_goes_wrong_nothing_is_lost_doubled_or_shown_to_others(backend: str, ground: Make) -> None:
    here, first = ground(backend, ""), int(time.time())
    for seed in range(first, first + RUNS[backend]):
        outcome = here.run(seed)
        assert outcome.faults == [], f"again: make chaos SEED={seed} DATABASE={backend}"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mutant", CHEAP)
def test_the_checker_finds_a_server_that_does_it_wrong(mutant: str, ground: Make) -> None:
    here = ground(MUTANTS[mutant].backend, mutant)
    assert any(here.run(seed).faults for seed in range(MOST_RUNS))


def test_a_seed_is_one_plan() -> None:
    assert plan(7, "sqlite") == plan(7, "sqlite")
    assert plan(7, "sqlite") != plan(8, "sqlite")


def test_no_plan_restores_before_its_backup() -> None:
    for seed in range(500):
        kinds = [fault.kind for fault in plan(seed, "sqlite").faults]
        assert "restore" not in kinds or kinds.index("backup") < kinds.index("restore")
