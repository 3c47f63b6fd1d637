"""How photos and files are given out, and what becomes of them when their cleaning does not go as it should."""

from typing import Any

import pytest

from server.core import blob_work
from server.core.aside import AsideError, aside
from server.core.blob_store import FolderStore
from server.core.cleaning import LIMITS
from server.core.jobs import MOST_TRIES, PAUSE_MS
from tests.support.clock import FixedClock
from tests.support.sending import JPEG, PDF, PNG, Sender, photo, sha
from tests.support.show import Show

PHOTO = photo(size=(900, 600))
PAPER = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + b"x" * 300_000 + b"\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def rui(here: Show) -> Sender:
    return Sender(here)


def test_a_photo_is_shown_and_can_do_nothing_else(rui: Sender) -> None:
    rui.send(PHOTO, name="側台.jpg")
    for thumb, side in (("", 900), ("/thumb", 400)):
        answer = rui.get(sha(PHOTO), thumb)
        assert answer.headers["content-type"] == JPEG
        assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''%E5%81%B4")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert answer.content != PHOTO
        assert side in _size(answer.content)


def _size(content: bytes) -> tuple[int, int]:
    from io import BytesIO  # noqa: PLC0415 - of this one test

    from PIL import Image  # noqa: PLC0415 - as above

    return Image.open(BytesIO(content)).size


def test_a_file_is_only_ever_saved(rui: Sender) -> None:
    rui.send(PAPER, PDF, name='流程"\r\nX: y.pdf')
    answer = rui.get(sha(PAPER))
    assert answer.content == PAPER
    assert answer.headers["content-type"] == PDF
    assert answer.headers["content-disposition"].startswith(
        "attachment; filename*=UTF-8''%E6%B5%81%E7%A8%8B%22"
    )
    assert "x" not in answer.headers
    assert "sandbox" in answer.headers["content-security-policy"]
    assert rui.get(sha(PAPER), "/thumb").status_code == 404


def test_what_a_browser_has_is_not_sent_again(rui: Sender) -> None:
    rui.send(PHOTO)
    tag = rui.get(sha(PHOTO)).headers["etag"]
    assert rui.get(sha(PHOTO), **{"if-none-match": tag}).status_code == 304
    assert rui.get(sha(PHOTO), **{"if-none-match": '"other"'}).status_code == 200
    assert rui.get(sha(PHOTO), "/thumb").headers["etag"] != tag


def test_nothing_of_what_was_sent_stays_but_what_is_kept(rui: Sender) -> None:
    rui.send(PHOTO)
    blob = rui.blob(PHOTO)
    store = rui.show.services.blobs
    assert isinstance(store, FolderStore)
    files = {path.name for path in store._folder.rglob("*") if path.is_file()}  # noqa: SLF001 - what is on the disk
    assert files == {blob.stored, blob.thumb}
    assert (blob.parts, sha(PHOTO) in files) == ([], False)


# --- when cleaning goes wrong


def die(times: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the process aside be killed that often; when it was begun."""
    begun: list[int] = []

    def killed(*args: Any, **told: Any) -> None:  # noqa: ANN401 - as `aside`
        begun.append(len(begun))
        if len(begun) <= times:
            raise AsideError("ended with -9: ")
        aside(*args, **told)

    monkeypatch.setattr(blob_work, "aside", killed)
    return begun


def again(rui: Sender, times: int) -> None:
    """Let the pause after a failure go by, so often."""
    clock = rui.show.clock
    assert isinstance(clock, FixedClock)
    for _ in range(times):
        clock.at += PAUSE_MS + 1000
        rui.work()


def test_a_cleaning_that_was_killed_is_done_again(rui: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = die(1, monkeypatch)
    attachment = rui.send(PHOTO)
    assert rui.attachment(attachment)["state"] == "awaited"
    again(rui, 1)
    assert (rui.attachment(attachment)["state"], len(begun)) == ("ready", 2)


def test_a_file_that_kills_it_every_time_is_refused(rui: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = die(99, monkeypatch)
    attachment = rui.send(PHOTO)
    again(rui, MOST_TRIES + 1)
    assert len(begun) == MOST_TRIES
    assert (rui.attachment(attachment)["state"], rui.attachment(attachment)["reason"]) == (
        "refused",
        "too_heavy",
    )


def test_a_child_that_takes_more_than_its_time_is_killed(
    rui: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_work, "LIMITS", LIMITS | {"cpu_s": 0})
    attachment = rui.send(PHOTO)
    again(rui, MOST_TRIES)
    assert rui.attachment(attachment)["reason"] == "too_heavy"


def test_a_fault_of_ours_leaves_a_file_that_can_be_sent_again(
    rui: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a fault")

    with monkeypatch.context() as patch:
        patch.setattr(blob_work, "aside", broken)
        attachment = rui.send(PHOTO)
        again(rui, MOST_TRIES)
    assert (rui.attachment(attachment)["state"], rui.attachment(attachment)["reason"]) == (
        "refused",
        "failed",
    )
    rui.send(PHOTO)
    assert rui.attachment(attachment)["state"] == "ready"


def test_bytes_that_rot_on_the_disk_are_noticed(rui: Sender) -> None:
    attachment = rui.attach(PHOTO)
    rui.patch(PHOTO)
    rui.show.services.blobs.put(rui.blob(PHOTO).parts[0], PHOTO[:-1] + b"?")
    rui.work()
    assert rui.attachment(attachment)["reason"] == "wrong_hash"


def test_a_bomb_is_refused_all_the_way(rui: Sender) -> None:
    from tests.core.test_cleaning import png_of  # noqa: PLC0415 - one bomb is enough

    bomb = png_of(60_000, 60_000) + bytes(20_000)
    attachment = rui.send(bomb, PNG)
    assert rui.attachment(attachment)["reason"] == "too_many_pixels"
    assert rui.get(sha(bomb)).status_code == 404
