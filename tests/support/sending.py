"""Members who send photos and files as a phone does, and a worker that cleans them."""

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from server.app import JOBS
from server.core.blob_store import FolderStore
from server.core.blobs import Blob, blob_id
from server.core.ids import new_id
from server.core.jobs import Worker
from server.core.ops import Result
from tests.support.show import Json, Show

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
PART = "application/partial-upload"


@pytest.fixture
def here(show: Show, tmp_path: Path) -> Iterator[Show]:
    """A show with a row, whose files lie in a folder of this test."""
    before, show.services.blobs = show.services.blobs, FolderStore(tmp_path / "blobs")
    show.services.limits._buckets.clear()  # noqa: SLF001 - time stands still, so nobody's bucket fills again
    show.add("a")
    yield show
    show.services.blobs = before


def photo(kind: str = "JPEG", size: tuple[int, int] = (120, 80), seed: int = 0, **told: Any) -> bytes:  # noqa: ANN401 - as Pillow
    """A photo of coloured noise, so that it does not pack well and no two are alike."""
    noise = Image.effect_noise((size[0], size[1]), 60 + seed)
    image = Image.merge(
        "RGB", [noise, noise.rotate(90, expand=False), noise.transpose(Image.Transpose.ROTATE_180)]
    )
    out = BytesIO()
    image.save(out, kind, **told)
    return out.getvalue()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Sender:
    """One member of a show, by bearer token; another's `work` is the same server's."""

    def __init__(self, show: Show, member: str = "rui", event: str = "") -> None:
        self.show, self.member, self.event = show, member, event or show.event
        bearer = {"authorization": f"Bearer {show.token(member, self.event)}"}
        self.browser = TestClient(show.house.app, base_url=show.services.origin, headers=bearer)

    def attach(self, content: bytes, media: str = JPEG, cue: str = "a", **more: Any) -> str:  # noqa: ANN401 - of the op
        """Name a file in an op; the attachment's id."""
        attachment = new_id()
        self.do("cue.attach", **named(content, media, cue) | {"id": attachment} | more)
        return attachment

    def send(self, content: bytes, media: str = JPEG, cue: str = "a", **more: Any) -> str:  # noqa: ANN401 - of the op
        """Name a file, send all of it, and have it cleaned; the attachment's id."""
        attachment = self.attach(content, media, cue, **more)
        answer = self.patch(content)
        assert (answer.status_code, answer.headers["upload-complete"]) == (204, "?1"), answer.text
        self.work()
        return attachment

    def patch(
        self,
        content: bytes,
        offset: int = 0,
        of: str = "",
        headers: Any = None,  # noqa: ANN401 - of httpx
    ) -> Any:  # noqa: ANN401 - a response
        """Send bytes of a file; of `of` where they are not all of it."""
        known: Any = {"content-type": PART, "upload-offset": str(offset)}
        return self.browser.patch(
            self.address(of or sha(content)), content=content, headers=known | (headers or {})
        )

    def where(self, content_hash: str) -> tuple[int, str, str]:
        """(status, offset, complete) as HEAD tells."""
        answer = self.browser.head(self.address(content_hash))
        return (
            answer.status_code,
            answer.headers.get("upload-offset", ""),
            answer.headers.get("upload-complete", ""),
        )

    def get(self, content_hash: str, thumb: str = "", **headers: str) -> Any:  # noqa: ANN401 - a response
        return self.browser.get(f"/e/{self.event}/blobs/{content_hash}{thumb}", headers=headers)

    def address(self, content_hash: str) -> str:
        return f"/e/{self.event}/uploads/{content_hash}"

    def do(self, op: str, **args: Any) -> Result:  # noqa: ANN401 - whatever the op takes
        return self.show.do(self.member, op, **args)

    def refuse(self, content: bytes, media: str = JPEG, **more: Any) -> Json:  # noqa: ANN401 - of the op
        """Name a file that must not come; the error."""
        return self.show.refuse(self.member, "cue.attach", **named(content, media) | {"id": new_id()} | more)

    def work(self) -> None:
        worker = Worker(self.show.services, JOBS)
        while worker.step():
            pass

    def blob(self, content: bytes) -> Blob:
        with self.show.services.db.read() as session:
            return session.get_one(Blob, (self.event, blob_id(self.member, sha(content))))

    def attachment(self, attachment: str) -> Json:
        """As the member reads it; an empty document if they don't."""
        bodies = self.show.bodies(self.member, "attachment")
        return next((body for body in bodies if body["id"] == attachment), {})


def named(content: bytes, media: str = JPEG, cue: str = "a") -> Json:
    return {"cue": cue, "name": "照片", "blob": sha(content), "media": media, "size": len(content)}
