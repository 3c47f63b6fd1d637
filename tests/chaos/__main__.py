"""`make chaos`: many runs, each by a seed; what came of them is kept in docs/chaos.csv."""

import argparse
import csv
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.stable import Stable
from tests.chaos.mutants import MUTANTS
from tests.chaos.run import Ground, Outcome
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.memory import quick_folder
from tests.support.postgres import PostgresServer
from tests.support.server import ROOT

BACKENDS = ("sqlite", "postgresql")
KEPT = ROOT / "docs" / "chaos.csv"
# A mutant has so many runs to be found in.
MOST_RUNS = 25
MOST_TOLD = 12
HEADINGS = ("date", "commit", "database", "runs", "first seed", "last seed", "faults injected", "result")


def main() -> int:
    parser = argparse.ArgumentParser("chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, help="this run alone, as it was planned")
    parser.add_argument("--database", choices=BACKENDS)
    parser.add_argument("--mutants", action="store_true", help="look whether each known fault is found")
    asked = parser.parse_args()
    if asked.mutants:
        return sum(_hunt(name) for name in MUTANTS)
    seeds = range(asked.seed, asked.seed + 1) if asked.seed is not None else _new_seeds(asked.runs)
    backends = [asked.database] if asked.database else BACKENDS
    return sum(_batch(backend, seeds, keep=asked.seed is None) for backend in backends)


def _new_seeds(runs: int) -> range:
    """Seeds that nobody has used: they go by the second."""
    first = int(time.time())
    return range(first, first + runs)


def _batch(backend: str, seeds: range, *, keep: bool) -> int:
    """Carry out runs on one database; how many went wrong."""
    injected, wrong, done = Counter[str](), list[int](), 0
    with ground(backend) as here:
        try:
            for seed in seeds:
                outcome = here.run(seed)
                injected, done = injected + outcome.done, done + 1
                wrong += [seed] if outcome.faults else []
                _tell(outcome)
        finally:
            if keep and done:
                _keep(backend, seeds[:done], injected, wrong)
    return len(wrong)


def _tell(outcome: Outcome) -> None:
    plan = outcome.plan
    injected = " ".join(f"{fault.kind}@{fault.at:.2f}" for fault in plan.faults)
    print(f"{plan.backend} {plan.seed}  {outcome.seconds:.1f} s  {injected}", flush=True)
    for fault in outcome.faults[:MOST_TOLD]:
        print(f"    {fault[:1500]}", flush=True)
    if outcome.faults:
        print(f"    again: make chaos SEED={plan.seed} DATABASE={plan.backend}", flush=True)


def _keep(backend: str, seeds: range, injected: Counter[str], wrong: list[int]) -> None:
    """Add a line to docs/chaos.csv."""
    commit = _git("rev-parse", "--short", "HEAD")
    # What earlier batches have left there is no change of what ran.
    if _git("status", "--porcelain", "--untracked-files=no", "--", ".", f":!{KEPT.relative_to(ROOT)}"):
        commit += "-dirty"
    told = " ".join(f"{kind}:{number}" for kind, number in sorted(injected.items()))
    result = "wrong: " + " ".join(map(str, wrong)) if wrong else "clean"
    line = (time.strftime("%Y-%m-%d"), commit, backend, len(seeds), seeds[0], seeds[-1], told, result)
    is_new = not KEPT.exists()
    with KEPT.open("a", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADINGS, line] if is_new else [line])


def _git(*words: str) -> str:
    command = ("/usr/bin/env", "git", *words)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _hunt(name: str) -> int:
    """Run with a mutant until the checker finds it; 1 if it doesn't."""
    with ground(MUTANTS[name].backend, name) as here:
        for seed in range(MOST_RUNS):
            if found := here.run(seed).faults:
                print(f"{name}: found in run {seed + 1}: {found[0][:300]}", flush=True)
                return 0
    print(f"{name}: NOT FOUND in {MOST_RUNS} runs", flush=True)
    return 1


@contextmanager
def ground(backend: str, mutant: str = "") -> Iterator[Ground]:
    """Where runs can take place on a kind of database, for as long as the block lasts."""
    folder = quick_folder("fieldcue-chaos-")
    (folder / "stable").mkdir()
    stable = Stable(folder / "stable", module="tests.chaos.launcher")
    server = PostgresServer() if backend == "postgresql" else None
    try:
        databases = PostgresDatabases(server) if server else SqliteDatabases(folder)
        yield Ground(folder, backend, databases, stable, mutant)
    finally:
        stable.close()
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main() > 0)
