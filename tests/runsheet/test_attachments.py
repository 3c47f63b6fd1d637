"""Photos and files on rows: who may hang them there, who sees them, and what becomes of them; on both databases."""

import pytest

from server.core.access import TEAM
from server.core.feed import chains
from server.runsheet import attachments
from server.runsheet.models import Cue
from tests.support.sending import JPEG, PDF, Sender, named, photo, sha
from tests.support.show import Show

PHOTO = photo(size=(600, 400))
PAPER = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + b"x" * 20_000 + b"\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def here(here: Show) -> Show:
    """A second row beside the first."""
    here.add("b")
    return here


@pytest.fixture
def rui(here: Show) -> Sender:
    return Sender(here)


def rows(show: Show, member: str, since: int, view: str = "") -> str:
    """What a member's socket brings since a cursor, by both chains."""
    wanted = [(chain, since) for chain in chains(show.viewer(member), view)]
    read = show.services.feed.read(show.event, wanted, live=True)
    return "".join(_frames(read.answers.get(want, [])) for want in wanted)


def _frames(answer: object) -> str:
    assert isinstance(answer, list), answer
    return "".join(frame.payload.decode() for frame in answer)


# --- on a row


def test_everybody_who_sees_the_row_sees_its_photo(rui: Sender) -> None:
    attachment = rui.send(PHOTO)
    for member in ("rui", "mei", "tong", "qin"):
        assert [body["id"] for body in rui.show.bodies(member, "attachment")] == [attachment]
        assert Sender(rui.show, member).get(sha(PHOTO)).status_code == 200
        assert Sender(rui.show, member).get(sha(PHOTO), "/thumb").status_code == 200


def test_a_vendor_gets_nothing_of_what_hangs_on_a_row_of_the_team(rui: Sender) -> None:
    with rui.show.services.db.write() as session:
        session.get_one(Cue, (rui.event, "a")).audience = TEAM
    before = rui.show.head
    attachment = rui.send(PHOTO)
    assert rui.show.bodies("tong", "attachment") == []
    assert (attachment in rows(rui.show, "mei", before), sha(PHOTO) in rows(rui.show, "tong", before)) == (
        True,
        False,
    )
    tong = Sender(rui.show, "tong")
    assert [tong.get(sha(PHOTO)).status_code, tong.get(sha(PHOTO), "/thumb").status_code] == [404, 404]
    unknown, hidden = tong.get("0" * 64), tong.get(sha(PHOTO))
    assert (unknown.status_code, unknown.text) == (hidden.status_code, hidden.text)


def test_the_row_says_that_it_is_coming_then_shows_it_by_the_socket(rui: Sender) -> None:
    before = rui.show.head
    attachment = rui.attach(PHOTO)
    assert "照片上傳中" in rows(rui.show, "mei", before)
    assert "Photo on its way" in rows(rui.show, "emma", before)
    named_at = rui.show.head
    rui.patch(PHOTO)
    rui.work()
    for view in ("", "grid"):
        row = rows(rui.show, "rui", named_at, view)
        assert f'id=\\"attachment-{attachment}\\"' in row
        assert f"/e/{rui.event}/blobs/{sha(PHOTO)}/thumb" in row
        assert "照片上傳中" not in row


def test_a_file_that_is_refused_says_why_in_the_readers_language(rui: Sender) -> None:
    attachment = rui.attach(PAPER, JPEG)
    before = rui.show.head
    rui.patch(PAPER)
    rui.work()
    assert (rui.attachment(attachment)["state"], rui.attachment(attachment)["reason"]) == (
        "refused",
        "not_that_kind",
    )
    assert "沒收：檔案內容和檔名說的不一樣" in rows(rui.show, "mei", before)
    assert "Not accepted: The file is not what its name says." in rows(rui.show, "emma", before)
    assert '"kind":"blob"' in rows_json(rui.show, "rui", before)


def rows_json(show: Show, member: str, since: int) -> str:
    """What the member alone is told, as a machine."""
    own = chains(show.viewer(member), "", "json")[1]
    return _frames(show.services.feed.read(show.event, [(own, since)], live=True).answers[own, since])


def test_one_file_on_two_rows_changes_both(rui: Sender) -> None:
    both = [rui.attach(PHOTO, cue=cue) for cue in "ab"]
    rui.patch(PHOTO)
    rui.work()
    assert [rui.attachment(each)["state"] for each in both] == ["ready", "ready"]


def test_a_photo_stands_in_a_departments_cell(rui: Sender) -> None:
    before = rui.show.head
    attachment = rui.attach(PHOTO, column="light")
    assert rui.attachment(attachment)["column"] == "light"
    row = rows(rui.show, "rui", before, "grid")
    assert 'data-column=\\"light\\"' in row
    assert "<b>light</b>" in row
    assert rui.refuse(PHOTO, column="none")["code"] == "not_found"


@pytest.mark.parametrize("member", ["mei", "wei", "tong", "qin"])
def test_who_does_not_edit_the_sheet_hangs_nothing_on_it(rui: Sender, member: str) -> None:
    attachment = rui.send(PHOTO)
    assert rui.show.refuse(member, "cue.attach", id="x1", **named(PAPER, PDF))["code"] == "forbidden"
    assert rui.show.refuse(member, "cue.detach", id=attachment)["code"] == "forbidden"


def test_a_row_that_is_not_there_takes_nothing(rui: Sender) -> None:
    assert rui.refuse(PHOTO, cue="none")["code"] == "not_found"
    rui.do("cue.remove", id="b")
    assert rui.refuse(PHOTO, cue="b")["code"] == "not_found"
    assert rui.patch(PHOTO).status_code == 404


def test_a_segment_takes_none(rui: Sender) -> None:
    rui.show.add("s", kind="segment")
    assert rui.refuse(PHOTO, cue="s")["code"] == "bad_row"


def test_a_row_holds_only_so_many(rui: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST_ON_A_ROW", 2)
    rui.attach(PHOTO)
    last = rui.attach(PHOTO)
    assert rui.refuse(PHOTO)["code"] == "too_many"
    rui.do("cue.detach", id=last)
    rui.attach(PHOTO)


def test_an_id_is_used_once(rui: Sender) -> None:
    attachment = rui.attach(PHOTO)
    assert rui.refuse(PHOTO, id=attachment)["code"] == "exists"
    assert rui.refuse(PAPER, PDF, id=attachment)["code"] == "exists"


# --- off it


def test_what_is_taken_off_is_gone_and_comes_back_by_undo(rui: Sender) -> None:
    attachment = rui.send(PHOTO)
    hui = Sender(rui.show, "hui")
    taken = hui.do("cue.detach", id=attachment)
    assert rui.show.bodies("mei", "attachment") == []
    assert Sender(rui.show, "mei").get(sha(PHOTO)).status_code == 404
    assert rui.get(sha(PHOTO)).status_code == 200
    assert rui.show.undo("hui", taken)["status"] == "applied"
    assert rui.attachment(attachment)["member"] == "rui"
    assert Sender(rui.show, "mei").get(sha(PHOTO)).status_code == 200


def test_an_attachment_is_undone(rui: Sender) -> None:
    added = rui.do("cue.attach", id="x1", **named(PHOTO))
    assert rui.show.undo("rui", added)["status"] == "applied"
    assert rui.show.bodies("rui", "attachment") == []


def test_it_goes_with_its_row_and_comes_back_with_it(rui: Sender) -> None:
    attachment = rui.send(PHOTO)
    removed = rui.do("cue.remove", id="a")
    assert rui.show.bodies("mei", "attachment") == []
    assert Sender(rui.show, "mei").get(sha(PHOTO)).status_code == 404
    rui.show.undo("rui", removed)
    assert [body["id"] for body in rui.show.bodies("mei", "attachment")] == [attachment]


def test_what_arrives_while_it_is_off_is_there_when_it_comes_back(rui: Sender) -> None:
    attachment = rui.attach(PHOTO)
    taken = rui.do("cue.detach", id=attachment)
    rui.patch(PHOTO)
    before = rui.show.head
    rui.work()
    assert attachment not in rows(rui.show, "mei", before)
    rui.show.undo("rui", taken)
    assert rui.attachment(attachment)["state"] == "ready"


def test_a_refused_file_may_be_sent_again(rui: Sender) -> None:
    attachment = rui.send(PAPER, JPEG)
    again = rui.attach(PAPER, PDF)
    assert [rui.attachment(each)["state"] for each in (attachment, again)] == ["awaited", "awaited"]
    rui.patch(PAPER)
    rui.work()
    assert rui.attachment(again)["state"] == "ready"
