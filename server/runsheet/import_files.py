"""Files that were sent, and what was read in them. None is part of the event until it is brought in."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, LargeBinary, delete
from sqlmodel import Field, Session, SQLModel, col, select

from server.core.access import Viewer
from server.core.ids import new_id
from server.runsheet.imports.clean import clean, one_line

KEEP_MS = 86_400_000
"""A file is forgotten after a day."""
KEEP_FILES = 5
"""Of one person; the oldest goes when another comes."""


class Upload(SQLModel, table=True):
    """A file that somebody sent, and what was read in it, packed."""

    event_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    member: str
    name: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    book: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    created_at: int = Field(sa_type=BigInteger)


@dataclass(frozen=True)
class File:
    """An upload without its bytes."""

    id: str
    name: str
    is_read: bool


def keep_upload(session: Session, viewer: Viewer, name: str, content: bytes, now: int) -> str:
    """Keep a file for a while; returns its id. Files of yesterday go, and all but a person's last few."""
    mine = (col(Upload.event_id) == viewer.event_id, col(Upload.member) == viewer.id)
    newest = select(Upload.id).where(*mine).order_by(col(Upload.created_at).desc()).limit(KEEP_FILES - 1)
    session.exec(delete(Upload).where(*mine, col(Upload.id).not_in(list(session.exec(newest)))))
    session.exec(delete(Upload).where(col(Upload.created_at) < now - KEEP_MS))
    upload = Upload(
        event_id=viewer.event_id,
        id=new_id(),
        member=viewer.id,
        name=one_line(clean(name))[:120],
        content=content,
        created_at=now,
    )
    session.add(upload)
    return upload.id


def visible_file(session: Session, viewer: Viewer, upload_id: str) -> File | None:
    """A file for the one who sent it."""
    found = session.exec(
        select(Upload.name, col(Upload.book).is_not(None)).where(
            Upload.event_id == viewer.event_id, Upload.id == upload_id, Upload.member == viewer.id
        )
    ).first()
    return File(upload_id, found[0], bool(found[1])) if found else None


def visible_book(session: Session, viewer: Viewer, upload_id: str) -> bytes | None:
    """What was read in a file, packed, for the one who sent it."""
    return session.exec(
        select(Upload.book).where(
            Upload.event_id == viewer.event_id, Upload.id == upload_id, Upload.member == viewer.id
        )
    ).first()
