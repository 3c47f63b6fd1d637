"""An event as the template of a new one: what comes along, what never does, and who may; on both databases."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, SQLModel, col, func, select

from server.app import JOBS
from server.core.clock import from_iso, to_iso
from server.core.ids import new_id
from server.core.jobs import PAUSE_MS, Job, Worker, run_as
from server.core.models import Change, Event
from server.core.ops import Result
from server.people.models import Account, JoinLink, Member
from server.runsheet import repeating
from server.runsheet.hanging import Act, Attachment, Entry, Mark, Note, Signal
from server.runsheet.import_insert import write
from server.runsheet.lines import Baseline, Rehearsal
from server.runsheet.models import PLAN_FIELDS, Cue, Track, Variant
from server.runsheet.repeat_days import Move
from server.runsheet.repeat_rows import Wish
from tests.support.show import DAY, Json, Show

YEAR = timedelta(days=364)
NEXT = (date.fromisoformat(DAY) + YEAR).isoformat()
HOUR_MS = 3_600_000


class Maker:
    """Rui, who coordinates and has an account, and the worker of the server."""

    def __init__(self, show: Show) -> None:
        self.show, self.worker = show, Worker(show.services, JOBS)
        self.account = f"account-{show.event}"
        self.key = f"{show.event}-again"
        with show.services.db.write() as session:
            event = session.get_one(Event, show.event)
            session.add(
                Account(id=self.account, organisation_id=event.organisation_id, email=f"{show.event}@example.com",
                        password_hash="", name="周柏睿", created_at=0)
            )  # fmt: skip
            session.get_one(Member, (show.event, "rui")).account_id = self.account

    def ask(self, member: str = "rui", event: str = "", **wish: Any) -> Result:  # noqa: ANN401 - fields of a wish
        told = {
            "id": new_id(),
            "account": self.account,
            "key": self.key,
            "name": "河岸音樂祭 2028",
            "first": NEXT,
        }
        args = Wish.model_validate(told | wish)
        return run_as(self.show.services, event or self.show.event, member, repeating.ASK, args)

    def work(self) -> Json:
        """Let the worker do all that waits; what came of the last job."""
        while self.worker.step():
            pass
        with self.show.services.db.read() as session:
            jobs = select(Job).where(Job.event_id == self.show.event, Job.kind == "repeat.event")
            return max(session.exec(jobs), key=lambda job: job.version).result

    def make(self, **wish: Any) -> Json:  # noqa: ANN401 - as above
        assert self.ask(**wish)["status"] == "applied"
        result = self.work()
        assert "error" not in result, result
        return result

    def rows(self, model: type[Any], event: str = "") -> dict[str, Any]:
        with self.show.services.db.read() as session:
            found = session.exec(select(model).where(model.event_id == (event or self.key)))
            return {row.id: row for row in found if not row.removed_at}

    def count(self, model: type[SQLModel]) -> int:
        with self.show.services.db.read() as session:
            these = select(func.count()).where(model.event_id == self.key)  # type: ignore[attr-defined]  # all have it
            return session.exec(these).one()

    def event(self) -> Event | None:
        with self.show.services.db.read() as session:
            return session.get(Event, self.key)


@pytest.fixture
def rui(show: Show) -> Maker:
    return Maker(show)


def planned(rows: dict[str, Cue], first: str, zone: str = "Asia/Taipei") -> dict[str, Json]:
    """What is planned of each row, its dates as days after the first, its times as local ones."""

    def relative(cue: Cue, name: str) -> Any:  # noqa: ANN401 - a field may hold anything
        value = getattr(cue, name)
        if name == "day":
            return (date.fromisoformat(value) - date.fromisoformat(first)).days
        if name in {"start", "end"} and value is not None:
            local = datetime.fromtimestamp(value / 1000, ZoneInfo(zone)).replace(tzinfo=None)
            return local - datetime.fromisoformat(first)
        return value

    return {
        row.id: {name: relative(row, name) for name in (*PLAN_FIELDS, "parent", "order_key", "audience")}
        for row in rows.values()
    }


def fill(show: Show, random: Random, rows: int) -> None:
    """A sheet of segments, items and cues, some at a fixed time, over three days."""
    parents: list[str] = []
    for number in range(rows):
        day = (date.fromisoformat(DAY) + timedelta(days=random.randrange(-1, 3))).isoformat()
        args: Json = {"day": day, "title": f"第 {number} 列", "note": random.choice(["", "備註"])}
        args |= {"duration_s": random.randrange(0, 7200, 30), "people": random.sample(["rui", "rui"], 1)}
        args |= {"departments": random.sample(["light", "sound"], random.randrange(3))}
        args |= {"columns": {"light": {"zh-TW": f"燈 {number}"}}, "place": random.choice([None, "gate"])}
        if random.random() < 0.5:
            args |= {
                "start_mode": "fixed",
                "start": f"{day}T{random.randrange(7, 24):02}:{random.randrange(60):02}:00+08:00",
            }
        if random.random() < 0.3:
            show.add(f"s{number}", kind="segment", day=day)
            parents.append(f"s{number}")
        show.add(f"c{number}", parent=random.choice([None, *parents]), **args)


# --- what comes along


@pytest.mark.parametrize("seed", range(2))
def test_a_copy_has_the_same_sheet_counted_from_its_first_day(rui: Maker, seed: int) -> None:
    fill(rui.show, Random(seed), 12)  # noqa: S311 - a seed that can be tried again
    before = rui.rows(Cue, rui.show.event)
    first = min(cue.day for cue in before.values())
    moved = (date.fromisoformat(first) + YEAR).isoformat()
    assert rui.make(first=moved)["rows"] == len(before)
    assert planned(rui.rows(Cue), moved) == planned(before, first)


def test_the_frame_comes_along_and_the_copy_has_a_log_of_its_own_from_the_start(rui: Maker) -> None:
    rui.show.add("act", day=DAY)
    head = rui.show.head
    rui.make(venue="大稻埕", name_en="Riverside 2028")
    event = rui.event()
    assert event
    assert (event.name_en, event.venue, event.organisation_id != "") == ("Riverside 2028", "大稻埕", True)
    assert rui.rows(Track)["main"].place == "stage-1"
    with rui.show.services.db.read() as session:
        log = session.exec(select(Change).where(Change.event_id == rui.key).order_by(col(Change.seq))).all()
    assert [entry.seq for entry in log] == list(range(1, event.head + 1))
    newest = {(entry.entity_kind, entry.entity): entry.seq for entry in log}
    for kind, model in (("cue", Cue), ("track", Track), ("me", Member)):
        assert {(kind, row.id): row.version for row in rui.rows(model).values()}.items() <= newest.items()
    with rui.show.services.db.read() as session:
        since = session.exec(select(Change).where(Change.event_id == rui.show.event, Change.seq > head))
        assert {entry.entity_kind for entry in since} == {"job"}


def test_its_maker_owns_it_and_goes_on_there(rui: Maker) -> None:
    rui.show.add("act", day=DAY, people=["rui", "mei"])
    rui.make()
    [owner] = rui.rows(Member).values()
    assert (owner.id, owner.account_id, owner.roles) == ("rui", rui.account, ["owner", "caller"])
    assert rui.rows(Cue)["act"].people == ["rui"]
    again = Show(rui.show.house, rui.key, rui.show.other)
    again.do("rui", "cue.edit", id="act", set={"title": "改了"})
    again.do("rui", "cue.go", id="act", current=None)
    assert again.bodies("rui", "cue")[0]["title"] == "改了"
    assert rui.rows(Cue, rui.show.event)["act"].title == "act"


def test_people_come_along_where_that_is_chosen_without_a_way_in(rui: Maker) -> None:
    show = rui.show
    show.do("hui", "member.edit", id="mei", set={"phone": "0900000001", "call_sign": "燈光"})
    show.do("hui", "member.link", id="mei", hash="0" * 63 + show.event[-1])
    show.add("act", day=DAY, people=["mei", "jun"])
    show.do("hui", "member.remove", id="jun")
    assert rui.make(people=True)["people"] == 7
    mei = rui.rows(Member)["mei"]
    assert (mei.name, mei.department, mei.roles, mei.phone, mei.call_sign) == (
        "陳美玲",
        "light",
        ["crew"],
        "",
        "",
    )
    assert {row.account_id for row in rui.rows(Member).values()} == {None, rui.account}
    assert "jun" not in rui.rows(Member)
    assert rui.rows(Cue)["act"].people == ["mei"]
    assert rui.count(JoinLink) == 0
    rui.key += "-2"
    rui.make(people=True, contacts=True)
    assert rui.rows(Member)["mei"].phone == "0900000001"


def test_a_private_note_and_a_rain_plan_come_along_unless_they_are_left_out(rui: Maker) -> None:
    show = rui.show
    show.add("act", day=DAY, place="gate", duration_s=600)
    show.do("rui", "sheet.publish")
    show.do("rui", "cue.edit", id="act", set={"people": ["wei"]})
    show.do("mei", "note.put", cue="act", department="light", text="追光慢一點")
    change = {
        "cue": "act",
        "set": {"start_mode": "fixed", "start": f"{DAY}T15:00:00+08:00", "people": ["mei", "rui"]},
    }
    show.do("rui", "variant.put", id="rain", plan="B", day=DAY, decide_at=f"{DAY}T13:00:00+08:00",
            decider="wei", skip=[], changes=[change])  # fmt: skip
    show.do("rui", "variant.switch", id="rain", current=None)
    rui.make()
    assert (rui.rows(Note)["act:light"].text, rui.rows(Note)["act:light"].audience) == (
        "追光慢一點",
        "dept:light",
    )
    rain, act = rui.rows(Variant)["rain"], rui.rows(Cue)["act"]
    assert (rain.state, rain.before, rain.decider, rain.day) == ("", {}, None, NEXT)
    assert to_iso(rain.decide_at, "Asia/Taipei") == f"{NEXT}T13:00:00+08:00"
    moved = {"start_mode": "fixed", "start": f"{NEXT}T15:00:00+08:00", "people": ["rui"]}
    assert rain.changes == [{"cue": "act", "set": moved}]
    assert (act.start_mode, act.start, act.people) == ("linked", None, [])
    rui.key += "-2"
    rui.make(notes=False, plans=False)
    assert (rui.rows(Note), rui.rows(Variant)) == ({}, {})


def test_nothing_of_the_show_comes_along(rui: Maker) -> None:
    show = rui.show
    for row in ("one", "two", "three"):
        show.add(row, day=DAY, duration_s=600, people=["mei"])
    show.add("late", kind="delay", day=DAY, duration_s=300)
    show.do("wei", "cue.go", id="one", current=None)
    show.tick(700)
    show.do("wei", "cue.go", id="two", current="one")
    show.do("mei", "cue.help", id="two")
    show.do("mei", "cue.act", id="two", act="arrived")
    show.do("mei", "log.write", id="e1", text="下雨了")
    assert {model for model in (Mark, Act, Entry, Baseline) if rui.rows(model, show.event)} == {
        Mark,
        Act,
        Entry,
        Baseline,
    }
    rui.make(people=True)
    assert {
        model: rui.count(model) for model in (Mark, Act, Signal, Entry, Baseline, Attachment, Job)
    } == dict.fromkeys((Mark, Act, Signal, Entry, Baseline, Attachment, Job), 0)
    rows = rui.rows(Cue)
    assert rows.keys() == {"one", "two", "three"}
    assert {
        (row.state, tuple(row.runs), row.added_s, row.called_at, row.paused_ms) for row in rows.values()
    } == {("planned", (), 0, None, 0)}
    assert rui.rows(Track)["main"].caller == ""


# --- its lessons


def test_rows_get_the_length_that_they_really_had_where_they_ran_once(rui: Maker) -> None:
    show = rui.show
    for row in ("once", "twice", "short", "never"):
        show.add(row, day=DAY, duration_s=600, min_s=580)
    show.do("wei", "cue.go", id="once", current=None)
    show.tick(8 * 60 + 40)
    show.do("wei", "cue.go", id="twice", current="once")
    show.tick(60)
    show.do("wei", "cue.go", id="short", current="twice")
    show.tick(60)
    show.do("wei", "cue.finish", id="short")
    show.do("wei", "cue.rewind", id="twice")
    show.tick(60)
    show.do("wei", "cue.finish", id="twice")
    assert (len(show.cue("twice").runs), show.cue("twice").state) == (2, "done")
    result = rui.make(lengths="ran")
    lengths = {row.id: (row.duration_s, row.min_s) for row in rui.rows(Cue).values()}
    assert lengths["once"] == (540, 540)
    assert lengths["short"] == (60, 60)
    assert lengths["twice"] == lengths["never"] == (600, 580)
    assert result["ran"] == 2
    rui.key += "-2"
    assert rui.make()["ran"] == 0
    assert {row.duration_s for row in rui.rows(Cue).values()} == {600}


def test_a_rehearsal_that_goes_on_teaches_nothing_and_does_not_come_along(rui: Maker) -> None:
    show = rui.show
    for row in ("one", "two"):
        show.add(row, day="2027-04-11", duration_s=600)
    show.do("wei", "rehearsal.begin", id="r", track="main", day="2027-04-11", cue="one")
    show.do("wei", "cue.go", id="one", current=None)
    show.tick(120)
    show.do("wei", "cue.go", id="two", current="one")
    assert show.cue("one").state == "done"
    assert rui.make(lengths="ran")["ran"] == 0
    assert {row.duration_s for row in rui.rows(Cue).values()} == {600}
    assert rui.count(Rehearsal) == 0


# --- the change of clocks


@pytest.mark.parametrize(
    ("here", "days", "there"),
    [
        ("2027-03-27T14:00:00+01:00", 1, "2027-03-28T14:00:00+02:00"),
        ("2027-10-30T14:00:00+02:00", 1, "2027-10-31T14:00:00+01:00"),
        ("2027-07-10T00:30:00+02:00", 184, "2028-01-10T00:30:00+01:00"),
        ("2027-03-27T02:30:00+01:00", 1, "2027-03-28T03:30:00+02:00"),
        ("2027-10-31T02:30:00+01:00", 0, "2027-10-31T02:30:00+01:00"),
        ("2028-01-10T14:00:00+01:00", -184, "2027-07-10T14:00:00+02:00"),
    ],
)
def test_a_time_stays_on_the_clock_across_a_change_of_clocks(here: str, days: int, there: str) -> None:
    assert to_iso(Move("Europe/Berlin", days).moment(from_iso(here)), "Europe/Berlin") == there


def test_an_event_in_berlin_keeps_its_clock_times_in_winter(rui: Maker) -> None:
    with rui.show.services.db.write() as session:
        event = session.get_one(Event, rui.show.event)
        event.timezone, event.days = "Europe/Berlin", [{"id": "D1", "date": "2027-07-10", "name": "首日"}]
    rui.show.add("act", day="2027-07-10", start_mode="fixed", start="2027-07-10T14:00:00+02:00",
                 end_mode="end", end="2027-07-11T00:30:00+02:00")  # fmt: skip
    rui.make(first="2028-01-15")
    act, made = rui.rows(Cue)["act"], rui.event()
    assert made
    assert made.days == [{"id": "D1", "date": "2028-01-15", "name": "首日"}]
    assert [to_iso(each, "Europe/Berlin") for each in (act.start, act.end)] == [
        "2028-01-15T14:00:00+01:00", "2028-01-16T00:30:00+01:00",
    ]  # fmt: skip


# --- who may, and what goes wrong


def test_who_does_not_configure_the_event_makes_none_of_it(rui: Maker) -> None:
    refused = [rui.ask(member)["error"]["code"] for member in ("wei", "mei", "qin", "nobody")]
    assert refused == ["forbidden"] * 4


def test_neither_somebody_elses_account_nor_another_event_will_do(rui: Maker) -> None:
    show = rui.show
    assert rui.ask("hui")["error"]["code"] == "forbidden"
    assert rui.ask(event=show.other)["error"]["code"] == "forbidden"
    with show.services.db.write() as session:
        session.get_one(Account, rui.account).organisation_id = "strangers"
    assert rui.ask()["error"]["code"] == "forbidden"
    assert rui.event() is None


def test_who_loses_the_right_while_it_waits_gets_nothing(rui: Maker) -> None:
    rui.ask()
    rui.show.do("hui", "member.edit", id="rui", set={"roles": ["crew"]})
    assert rui.work()["error"]["code"] == "forbidden"
    assert rui.event() is None


def test_an_address_that_is_taken_meanwhile_is_left_as_it_is(rui: Maker) -> None:
    rui.ask()
    rui.ask()
    rui.work()
    with rui.show.services.db.read() as session:
        states = [job.state for job in session.exec(select(Job).where(Job.event_id == rui.show.event))]
    assert sorted(states) == ["done", "failed"]
    assert rui.ask()["error"]["code"] == "taken"


def test_what_is_killed_in_the_middle_leaves_nothing_and_is_made_once(
    rui: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    rui.show.add("act", day=DAY)
    rui.ask()
    with monkeypatch.context() as patch:
        patch.setattr(repeating, "write", _write_all_but_the_log)
        rui.worker.step()
    assert [rui.count(model) for model in (Cue, Track, Member, Change)] == [0, 0, 0, 0]
    assert rui.event() is None
    rui.show.tick(PAUSE_MS / 1000 + 1)
    with monkeypatch.context() as patch:  # all is written, but the worker dies before it has said so
        patch.setattr(Worker, "tell", _die_when_done)
        rui.worker.step()
    made = rui.event()
    assert made
    rui.show.tick(PAUSE_MS / 1000 + 1)
    assert rui.work()["to"] == rui.key
    assert rui.event() == made
    assert rui.count(Cue) == 1


def _write_all_but_the_log(session: Session, model: type[SQLModel], rows: Any) -> None:  # noqa: ANN401 - as there
    if model is Change:
        _die()
    write(session, model, rows)


def _die(*_: object) -> None:
    message = "the machine is gone"
    raise OSError(message)


def _die_when_done(_worker: Worker, _task: object, state: str, *_: object) -> None:
    if state == "done":
        _die()
