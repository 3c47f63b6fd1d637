"""Photos and files on their way: named by an op, sent in parts, whole or not at all; on both databases."""

from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from server.core import blobs, uploads
from server.core.blob_store import FolderStore
from server.core.blob_work import KEEP_MS, forget_uploads
from tests.support.clock import FixedClock
from tests.support.sending import JPEG, PART, PDF, Sender, named, photo, sha
from tests.support.show import Show

PHOTO = photo(size=(600, 400))


@pytest.fixture
def rui(here: Show) -> Sender:
    return Sender(here)


def files(show: Show) -> list[str]:
    store = show.services.blobs
    assert isinstance(store, FolderStore)
    return sorted(path.name for path in store._folder.rglob("*") if path.is_file())  # noqa: SLF001 - what is on the disk


# --- on the way


def test_a_photo_is_named_first_then_sent_then_there(rui: Sender) -> None:
    attachment = rui.attach(PHOTO)
    assert rui.attachment(attachment)["state"] == "awaited"
    assert rui.where(sha(PHOTO)) == (204, "0", "?0")
    assert rui.patch(PHOTO).headers["upload-complete"] == "?1"
    assert rui.get(sha(PHOTO)).status_code == 404
    rui.work()
    assert rui.attachment(attachment)["state"] == "ready"
    assert rui.get(sha(PHOTO)).headers["content-type"] == JPEG


def test_an_upload_goes_on_where_it_stopped(rui: Sender) -> None:
    rui.attach(PHOTO)
    first = len(PHOTO) // 3
    assert rui.patch(PHOTO[:first], of=sha(PHOTO)).headers["upload-offset"] == str(first)
    assert rui.where(sha(PHOTO)) == (204, str(first), "?0")
    assert rui.patch(PHOTO[first : 2 * first], first, of=sha(PHOTO)).headers["upload-offset"] == str(
        2 * first
    )
    assert rui.patch(PHOTO[2 * first :], 2 * first, of=sha(PHOTO)).headers["upload-complete"] == "?1"
    rui.work()
    assert rui.blob(PHOTO).state == "ready"


async def test_what_arrived_before_a_cut_is_kept(here: Show) -> None:
    """The phone's connection breaks within a request: its first half counts."""
    rui = Sender(here)
    rui.attach(PHOTO)
    half = len(PHOTO) // 2
    upload = uploads.Upload(here.services, here.viewer("rui"), sha(PHOTO))
    content = await uploads._arriving(_cut(PHOTO[:half]), len(PHOTO))  # noqa: SLF001 - a client can't break off in here
    assert content == PHOTO[:half]
    assert uploads._keep(upload, upload.blob(), content).received == half  # noqa: SLF001 - as above


def _cut(content: bytes) -> Request:
    class Cut(Request):
        async def stream(self) -> Any:  # noqa: ANN401 - an async generator
            yield content[: len(content) // 2]
            yield content[len(content) // 2 :]
            raise ClientDisconnect

    return Cut({"type": "http", "headers": []})


def test_another_offset_than_where_it_stands_is_a_conflict(rui: Sender) -> None:
    rui.attach(PHOTO)
    first = len(PHOTO) // 2
    rui.patch(PHOTO[:first], of=sha(PHOTO))
    for offset in ("0", str(first + 1), "-1", "x", "", "٣", "9" * 5000):
        told = {"upload-offset": offset.encode()}
        answer = rui.patch(PHOTO[:first], of=sha(PHOTO), headers=told)
        assert (answer.status_code, answer.headers["upload-offset"]) == (409, str(first)), offset
    assert rui.where(sha(PHOTO)) == (204, str(first), "?0")


def test_of_two_that_send_the_same_part_one_counts(rui: Sender) -> None:
    rui.attach(PHOTO)
    upload = uploads.Upload(rui.show.services, rui.show.viewer("rui"), sha(PHOTO))
    both = upload.blob()
    assert uploads._keep(upload, both, PHOTO[:20_000]).received == 20_000  # noqa: SLF001 - both have looked by now
    with pytest.raises(uploads._MovedError) as moved:  # noqa: SLF001 - as above
        uploads._keep(upload, both, PHOTO[:20_000])  # noqa: SLF001 - as above
    assert moved.value.blob.received == 20_000
    assert len(files(rui.show)) == 1


def test_a_part_is_neither_tiny_nor_more_than_is_missing(rui: Sender) -> None:
    rui.attach(PHOTO)
    assert rui.patch(PHOTO[:1000], of=sha(PHOTO)).headers["upload-offset"] == "0"
    assert rui.patch(PHOTO + b"x", of=sha(PHOTO)).status_code == 413
    assert rui.where(sha(PHOTO)) == (204, "0", "?0")


def test_bytes_come_as_a_part_of_an_upload(rui: Sender) -> None:
    rui.attach(PHOTO)
    assert rui.patch(PHOTO, headers={"content-type": JPEG}).status_code == 415
    assert (
        rui.browser.put(rui.address(sha(PHOTO)), content=PHOTO, headers={"content-type": PART}).status_code
        == 405
    )


def test_other_bytes_than_their_hash_says_are_forgotten(rui: Sender) -> None:
    rui.attach(PHOTO)
    bent = PHOTO[:-1] + bytes([PHOTO[-1] ^ 1])
    answer = rui.patch(bent, of=sha(PHOTO))
    assert answer.status_code == 422
    assert answer.json()["title"] == "檔案在傳送途中變了樣，請再傳一次。"
    assert rui.where(sha(PHOTO)) == (204, "0", "?0")
    assert files(rui.show) == []
    assert rui.patch(PHOTO).headers["upload-complete"] == "?1"


def test_a_request_that_died_before_it_was_recorded_is_made_up_for(rui: Sender) -> None:
    """All bytes are here, but the server fell before it said so: the next request, which adds nothing, goes on."""
    rui.attach(PHOTO)
    upload = uploads.Upload(rui.show.services, rui.show.viewer("rui"), sha(PHOTO))
    uploads._keep(upload, upload.blob(), PHOTO)  # noqa: SLF001 - as far as the server came
    assert rui.where(sha(PHOTO)) == (204, str(len(PHOTO)), "?0")
    assert rui.patch(b"", len(PHOTO), of=sha(PHOTO)).headers["upload-complete"] == "?1"


def test_a_full_disk_is_told_and_changes_nothing(rui: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    rui.attach(PHOTO)
    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", full)
        answer = rui.patch(PHOTO)
    assert (answer.status_code, answer.headers["retry-after"]) == (507, "5")
    assert rui.where(sha(PHOTO)) == (204, "0", "?0")
    assert rui.patch(PHOTO).headers["upload-complete"] == "?1"


def test_the_same_file_is_sent_once(rui: Sender) -> None:
    rui.send(PHOTO)
    again = rui.attach(PHOTO, name="again")
    assert rui.attachment(again)["state"] == "ready"
    assert rui.where(sha(PHOTO)) == (204, str(len(PHOTO)), "?1")


def test_what_stopped_for_a_day_begins_anew(rui: Sender) -> None:
    rui.attach(PHOTO)
    rui.patch(PHOTO[:20_000], of=sha(PHOTO))
    services, clock = rui.show.services, rui.show.clock
    assert isinstance(clock, FixedClock)
    forget_uploads(services.db, services.blobs, clock.now() + KEEP_MS)
    assert rui.where(sha(PHOTO)) == (204, "20000", "?0")
    forget_uploads(services.db, services.blobs, clock.now() + KEEP_MS + 1)
    assert rui.where(sha(PHOTO)) == (204, "0", "?0")
    assert files(rui.show) == []
    assert rui.patch(PHOTO).headers["upload-complete"] == "?1"


def test_parts_of_nobody_are_forgotten_and_others_stay(rui: Sender) -> None:
    rui.attach(PHOTO)
    rui.patch(PHOTO[:20_000], of=sha(PHOTO))
    services = rui.show.services
    services.blobs.put("parts/nobody", b"x")
    [put_at] = [put_at for key, put_at in services.blobs.parts() if key == "parts/nobody"]
    with services.db.write() as session:
        session.get_one(blobs.Blob, (rui.event, rui.blob(PHOTO).id)).moved_at = put_at + KEEP_MS
    forget_uploads(services.db, services.blobs, put_at + KEEP_MS + 1)
    assert "nobody" not in files(rui.show)
    assert rui.where(sha(PHOTO)) == (204, "20000", "?0")


# --- whose


def test_only_what_ones_own_op_has_named_is_taken(rui: Sender) -> None:
    assert rui.patch(PHOTO).status_code == 404
    rui.attach(PHOTO)
    wei = Sender(rui.show, "wei")
    assert wei.patch(PHOTO).status_code == 404
    assert wei.where(sha(PHOTO)) == (404, "", "")
    assert files(rui.show) == []


def test_nobody_learns_that_a_file_is_known(rui: Sender) -> None:
    """Hui names the same file as Rui, who has sent it: to her nothing looks as if it were here."""
    rui.send(PHOTO, cue="a")
    hui = Sender(rui.show, "hui")
    rui.show.refuse("hui", "cue.attach", **named(PHOTO, cue="none"), id="x1")
    attachment = hui.attach(PHOTO)
    assert hui.attachment(attachment)["state"] == "awaited"
    assert hui.where(sha(PHOTO)) == (204, "0", "?0")


def test_another_event_knows_nothing_of_it(rui: Sender) -> None:
    rui.send(PHOTO)
    eve = Sender(rui.show, "eve", rui.show.other)
    assert eve.get(sha(PHOTO)).status_code == 404
    assert eve.patch(PHOTO).status_code == 404
    eve.event = rui.event
    assert [eve.get(sha(PHOTO)).status_code, eve.patch(PHOTO).status_code, eve.where(sha(PHOTO))[0]] == [
        404
    ] * 3


def test_nobody_gets_anything_without_proof(rui: Sender) -> None:
    rui.send(PHOTO)
    rui.browser.headers.pop("authorization")
    assert [rui.get(sha(PHOTO)).status_code, rui.get(sha(PHOTO), "/thumb").status_code] == [401] * 2
    assert [rui.patch(PHOTO).status_code, rui.where(sha(PHOTO))[0]] == [401] * 2


def test_what_one_person_took_is_not_sent_as_another(rui: Sender) -> None:
    rui.attach(PHOTO)
    assert rui.patch(PHOTO, headers={"fieldcue-who": "somebody else"}).status_code == 401
    assert rui.where(sha(PHOTO)) == (204, "0", "?0")


# --- how much


def test_what_could_never_be_taken_is_refused_before_it_is_sent(rui: Sender) -> None:
    assert rui.refuse(b"")["code"] == "empty"
    assert rui.refuse(PHOTO, size=15 * 1024**2 + 1)["code"] == "too_large"
    assert rui.refuse(PHOTO, PDF, size=25 * 1024**2 + 1)["params"] == {"limit": 25}
    assert rui.refuse(PHOTO, "image/heic")["code"] == "bad_media"
    assert rui.refuse(PHOTO, "text/html")["code"] == "bad_media"
    assert rui.refuse(PHOTO, "image/svg+xml")["code"] == "bad_media"


def test_a_member_and_an_event_hold_only_so_much(rui: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MEMBER_BYTES", 2 * len(PHOTO))
    monkeypatch.setattr(blobs, "EVENT_BYTES", 3 * len(PHOTO))
    for letter in "bc":
        rui.attach(PHOTO, blob=sha(letter.encode()))
    assert rui.refuse(PHOTO, blob=sha(b"d"))["code"] == "member_full"
    rui.attach(PHOTO, blob=sha(b"c"))
    hui = Sender(rui.show, "hui")
    hui.attach(PHOTO, blob=sha(b"d"))
    assert hui.refuse(PHOTO, blob=sha(b"e"))["code"] == "event_full"


def test_requests_are_bounded(rui: Sender) -> None:
    statuses = [rui.get(sha(PHOTO)).status_code for _ in range(1201)]
    assert set(statuses[:1200]) == {404}
    assert statuses[1200] == 429
