"""Background jobs: done once, by whoever is there, and their owner is told; on both databases."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlmodel import select

from server.core import jobs
from server.core.access import Permission
from server.core.bus import CHANNEL
from server.core.context import Context
from server.core.ids import new_id
from server.core.jobs import (
    LEASE_MS,
    MOST_TRIES,
    PAUSE_MS,
    Handler,
    Job,
    JobFailedError,
    Task,
    Worker,
    ask_for,
)
from server.core.models import Change
from server.core.ops import Args, Op, Prepared
from server.runsheet.imports import Limits
from server.runsheet.models import Track
from tests.runsheet.imports.files import csv_bytes
from tests.support.child import Child, plain_environment
from tests.support.importing import Importer
from tests.support.server import ROOT
from tests.support.show import House, Show, opened


class Sum(Args):
    id: str
    n: int = 0


def _ask(ctx: Context, args: Sum) -> None:
    ask_for(ctx, args.id, "sum", {"n": args.n})


ASK = Op("sum.ask", Permission.VIEW, Sum, _ask)


def add(task: Task) -> dict[str, Any]:
    """What a job does that counts: it makes a track."""
    put = task.services.ops.ops["track.put"]
    task.run(put, put.args.model_validate({"id": f"t-{task.job_id}", "name": str(task.payload["n"])}))
    return {"n": task.payload["n"]}


@pytest.fixture
def show(database_url: str) -> Iterator[Show]:
    """A show on a database of its own, where nobody else leaves jobs."""
    with opened(database_url) as house:
        yield house.show()


def ask(show: Show, member: str = "rui", n: int = 0) -> str:
    """Leave a job; its id."""
    job = new_id()
    [result] = show.submit(member, [Prepared(new_id(), ASK, Sum(id=job, n=n), "", None, None, None)])
    assert result["status"] == "applied"
    return job


def worker(show: Show, handler: Handler = add) -> Worker:
    return Worker(show.services, {"sum": handler})


def job_of(show: Show, job: str) -> Job:
    with show.services.db.read() as session:
        return session.get_one(Job, (show.event, job))


def tracks(show: Show) -> list[str]:
    """The tracks that jobs made."""
    with show.services.db.read() as session:
        return sorted(track.name for track in session.exec(select(Track)) if track.id.startswith("t-"))


def changes(show: Show, job: str) -> list[str | None]:
    """Who could read each change of a job."""
    with show.services.db.read() as session:
        return list(session.exec(select(Change.audience).where(Change.entity == job)))


# --- done


def test_a_job_is_done_and_its_owner_is_told(show: Show) -> None:
    job = ask(show, n=7)
    assert job_of(show, job).state == "waiting"
    assert worker(show).step()
    done = job_of(show, job)
    assert (done.state, done.progress, done.result, done.tries) == ("done", 100, {"n": 7}, 1)
    assert tracks(show) == ["7"]
    assert not worker(show).step()


def test_threads_take_short_turns_beside_a_job(show: Show) -> None:
    job, usual = ask(show), sys.getswitchinterval()
    worker(show, lambda _: {"seconds": sys.getswitchinterval()}).step()
    assert job_of(show, job).result == {"seconds": pytest.approx(0.001)}
    assert sys.getswitchinterval() == usual


def test_nobody_but_its_owner_reads_of_a_job(show: Show) -> None:
    job = ask(show)
    worker(show).step()
    assert set(changes(show, job)) == {"person:rui"}
    assert [body["id"] for body in show.bodies("rui", "job")] == [job]
    assert show.bodies("hui", "job") == show.bodies("mei", "job") == []


def test_progress_is_told_no_more_often_than_it_can_be_seen(show: Show) -> None:
    def slowly(task: Task) -> dict[str, Any]:
        for percent in range(100):
            task.report(percent)
        assert job_of(show, task.job_id).state == "running"
        return {}

    job = ask(show)
    worker(show, slowly).step()
    assert 3 <= len(changes(show, job)) < 20


def test_the_first_asked_is_the_first_done(show: Show) -> None:
    asked = [ask(show, n=n) for n in range(4)]
    done: list[str] = []

    def note(task: Task) -> dict[str, Any]:
        done.append(task.job_id)
        return {}

    one = worker(show, note)
    while one.step():
        pass
    assert done == asked


# --- not done


def test_a_job_that_cannot_be_done_says_why_and_is_not_tried_again(show: Show) -> None:
    def fail(_task: Task) -> dict[str, Any]:
        raise JobFailedError("too_odd", "%(n)s is odd.", n=3)

    job = ask(show)
    worker(show, fail).step()
    failed = job_of(show, job)
    assert (failed.state, failed.result) == (
        "failed",
        {"error": {"code": "too_odd", "text": "%(n)s is odd.", "params": {"n": 3}}},
    )
    assert not worker(show).step()


def test_after_a_fault_of_ours_it_is_tried_again_and_then_given_up(show: Show) -> None:
    def break_down(_task: Task) -> dict[str, Any]:
        raise ZeroDivisionError

    job, broken = ask(show), worker(show, break_down)
    for tried in range(1, MOST_TRIES + 1):
        assert job_of(show, job).state == "waiting"
        assert broken.step()
        assert job_of(show, job).tries == tried
        assert not broken.step()
        show.tick(PAUSE_MS / 1000 + 1)
    assert job_of(show, job).result["error"]["code"] == "failed"
    assert not broken.step()


def test_one_broken_job_does_not_stop_the_others(show: Show) -> None:
    def odd(task: Task) -> dict[str, Any]:
        return {"n": 1 // (task.payload["n"] % 2)}

    states = [ask(show, n=n) for n in range(4)]
    one = worker(show, odd)
    while one.step():
        pass
    assert [job_of(show, job).state for job in states] == ["waiting", "done", "waiting", "done"]


# --- a worker dies


def die(_task: Task) -> dict[str, Any]:
    raise SystemExit


def test_a_dead_workers_job_is_taken_when_its_lease_ends(show: Show) -> None:
    job = ask(show, n=5)
    with pytest.raises(SystemExit):
        worker(show, die).step()
    show.tick(LEASE_MS / 1000 - 1)
    assert not worker(show).step()
    show.tick(2)
    assert worker(show).step()
    assert (job_of(show, job).state, tracks(show)) == ("done", ["5"])


def test_what_a_dead_worker_did_has_one_effect(show: Show) -> None:
    def add_and_die(task: Task) -> dict[str, Any]:
        add(task)
        raise SystemExit

    ask(show, n=5)
    with pytest.raises(SystemExit):
        worker(show, add_and_die).step()
    assert tracks(show) == ["5"]
    show.do("hui", "track.put", id="main", name="改過")
    head = show.head
    show.tick(LEASE_MS / 1000 + 1)
    worker(show).step()
    assert (tracks(show), show.head - head) == (["5"], 1)  # nothing but that it is done


def test_a_job_of_which_workers_die_is_given_up(show: Show) -> None:
    job = ask(show)
    for _ in range(MOST_TRIES):
        with pytest.raises(SystemExit):
            worker(show, die).step()
        show.tick(LEASE_MS / 1000 + 1)
    assert worker(show, die).step()
    assert (job_of(show, job).state, job_of(show, job).result["error"]["code"]) == ("failed", "failed")


def test_a_report_renews_the_lease(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "TELL_SECONDS", 0.0)

    def slowly(task: Task) -> dict[str, Any]:
        for percent in (10, 20, 30):
            task.report(percent)
            show.tick(LEASE_MS / 1000 - 1)
            assert not worker(show).step()
        return {}

    job = ask(show)
    worker(show, slowly).step()
    assert (job_of(show, job).state, job_of(show, job).tries) == ("done", 1)


def test_who_lost_the_lease_cannot_overwrite_the_outcome(show: Show) -> None:
    def asleep(task: Task) -> dict[str, Any]:
        show.tick(LEASE_MS / 1000 + 1)
        assert worker(show).step()
        return {"n": "too late"} | {"id": task.job_id}

    job = ask(show, n=5)
    worker(show, asleep).step()
    assert job_of(show, job).result == {"n": 5}


# --- owners and workers go


def test_a_job_whose_owner_has_gone_ends_without_a_word(show: Show) -> None:
    job = ask(show, "mei")
    show.do("hui", "member.remove", id="mei")
    head = show.head
    assert worker(show).step()
    assert (job_of(show, job).state, tracks(show), show.head) == ("failed", [], head)


def test_a_job_does_no_more_than_its_owner_may(show: Show) -> None:
    ask(show, "mei", n=3)
    worker(show).step()
    assert tracks(show) == []


def test_a_worker_that_is_to_end_leaves_its_job_to_the_next(show: Show) -> None:
    begun = threading.Event()

    def wait(task: Task) -> dict[str, Any]:
        begun.set()
        for _ in range(2000):
            task.report(1)
            threading.Event().wait(0.01)
        return {"never": True}

    job = ask(show, n=9)
    ending = worker(show, wait)
    ending.start()
    assert begun.wait(10)
    ending.stop()
    assert (job_of(show, job).tries, job_of(show, job).leased_until) == (0, 0)
    assert worker(show).step()
    assert (job_of(show, job).state, tracks(show)) == ("done", ["9"])


def test_a_worker_finds_work_by_itself(show: Show) -> None:
    done = threading.Event()

    def work(_task: Task) -> dict[str, Any]:
        done.set()
        return {}

    one = worker(show, work)
    one.start()
    ask(show)
    assert done.wait(10)
    one.stop()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_server_that_starts_again_takes_what_it_was_at_at_once(show: Show) -> None:
    job = ask(show, n=4)
    with pytest.raises(SystemExit):
        worker(show, die).step()
    again = worker(show)
    again.start()
    for _ in range(500):
        if job_of(show, job).state == "done":
            break
        threading.Event().wait(0.02)
    again.stop()
    assert (job_of(show, job).state, tracks(show)) == ("done", ["4"])


# --- several workers


def test_two_workers_share_the_work_and_do_each_job_once(database_url: str) -> None:
    with ExitStack() as stack:
        houses = [stack.enter_context(opened(database_url)) for _ in range(2)]
        show = houses[0].show()
        asked = [ask(show, n=n) for n in range(10, 34)]
        done: list[tuple[int, str]] = []
        at_once = threading.Barrier(2, timeout=20)
        threads = [
            threading.Thread(target=_work, args=(place, house, done, at_once))
            for place, house in enumerate(houses)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(job for _, job in done) == sorted(asked)
        assert {place for place, _ in done} == {0, 1}
        assert tracks(show) == [str(n) for n in range(10, 34)]
        assert {job_of(show, job).tries for job in asked} == {1}


def _work(place: int, house: House, done: list[tuple[int, str]], at_once: threading.Barrier) -> None:
    """Work like a process of its own: with its own connections and writers."""

    def once(task: Task) -> dict[str, Any]:
        if not any(who == place for who, _ in done):
            at_once.wait()  # each has one before either takes a second
        done.append((place, task.job_id))
        return add(task)

    one = Worker(house.services, {"sum": once})
    while one.step():
        pass


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_worker_passes_a_job_that_another_is_taking_just_now(show: Show) -> None:
    first, second = ask(show, n=1), ask(show, n=2)
    with show.services.db.write() as session:
        session.exec(select(Job).where(Job.id == first).with_for_update()).one()
        assert worker(show).step()
        assert job_of(show, second).state == "done"
        assert not worker(show).step()
    assert worker(show).step()
    assert tracks(show) == ["1", "2"]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_the_worker_command_does_the_work_of_postgresql_and_tells_of_it(
    show: Show, tmp_path: Path, redis_url: str
) -> None:
    client: Any = Redis.from_url(redis_url)  # its listener has no types
    with client.pubsub(ignore_subscribe_messages=True) as hints:
        hints.subscribe(CHANNEL)
        upload = Importer(show).post(b"time,title\n13:00,Doors\n").json()["upload"]
        show.do("rui", "import.read", id="j1", upload=upload)
        child = _command(show, tmp_path, FIELDCUE_REDIS_URL=redis_url)
        child.wait_until(lambda: job_of(show, "j1").state == "done", seconds=60)
        child.wait_until(lambda: _head_in(hints.get_message(timeout=1)) == show.head, seconds=10)
        assert child.stop() == 0


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_the_worker_command_leaves_its_job_free_when_it_is_told_to_end(show: Show, tmp_path: Path) -> None:
    rui = Importer(show)
    row = ("13:30", "樂團A", *("a" * 30))
    upload = rui.post(csv_bytes([("時間", "流程"), *[row] * Limits().rows]), "大.csv").json()["upload"]
    rui.do("import.read", id="j1", upload=upload)
    child = _command(show, tmp_path)
    child.wait_until(lambda: job_of(show, "j1").state == "running", seconds=60)
    assert child.stop() == 0
    left = job_of(show, "j1")
    assert left.state == "done" or (left.tries, left.leased_until) == (0, 0)


def _command(show: Show, folder: Path, **settings: str) -> Child:
    known = {"FIELDCUE_DATABASE_URL": show.house.url, "FIELDCUE_DATA_DIR": str(folder)}
    command = (sys.executable, "-m", "server.cli", "worker")
    return Child(command, folder / "worker.log", plain_environment(**known | settings), cwd=ROOT)


def _head_in(hint: dict[str, Any] | None) -> int:
    return int(json.loads(hint["data"]).get("head", 0)) if hint else 0
