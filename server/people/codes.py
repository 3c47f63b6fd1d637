"""One-time codes by which a signed-in browser adds another one of the same person: making, reading, spending them."""

import re
import secrets
import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select, update

from server.core.ids import new_id
from server.core.models import BrowserSession
from server.core.passwords import slow_digest
from server.people.models import BrowserCode, Member

# Figures, and letters that are none of them in bad light; no A and E, so that no code is a word. 27 to the 8th are
# 2.8e11 codes. All addresses together may try 300 at once and 300 a minute (`code_all` in server/core/security.py),
# which is 1,800 in the five minutes that a code lives: with a thousand codes alive at a time, one chance in 150,000
# that any of them is met. Whoever steals the table would try them all within a minute on a plain hash, but not here.
ALPHABET = "0123456789CDFGHJKMNPQRTVWXY"
LENGTH, GROUP = 8, 4
LIFE_MS = 5 * 60_000
_KEPT_MS = 86_400_000
_LOOKS_LIKE = str.maketrans("OILZSBU", "011258V")


def new_code() -> str:
    """A code of random letters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """As people read it: K7QF-3MPX."""
    return "-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def read_code(text: str) -> str:
    """The code that somebody meant: any case and width, with spaces, dashes and letters that look alike; else ""."""
    folded = unicodedata.normalize("NFKC", text.rpartition("#")[2]).upper()
    code = re.sub(r"[^0-9A-Z]", "", folded).translate(_LOOKS_LIKE)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def make_code(session: Session, maker: str, code_hash: str, now: int) -> BrowserCode:
    """A new code of a browser's session; the one it had before is no good from now on."""
    session.get(BrowserSession, maker, with_for_update=True)  # of two tabs at once, one after the other
    older = update(BrowserCode).where(col(BrowserCode.session_id) == maker, *_waiting(now))
    session.exec(older.values(revoked_at=now))
    session.exec(delete(BrowserCode).where(col(BrowserCode.expires_at) < now - _KEPT_MS))
    made = BrowserCode(
        id=new_id(), code_hash=code_hash, session_id=maker, created_at=now, expires_at=now + LIFE_MS
    )
    session.add(made)
    return made


def waiting_codes(session: Session, makers: Iterable[str], now: int) -> list[BrowserCode]:
    """The codes of some sessions that can still be used, the newest first."""
    which = (col(BrowserCode.session_id).in_(list(makers)), *_waiting(now))
    return list(session.exec(select(BrowserCode).where(*which).order_by(col(BrowserCode.created_at).desc())))


def revoke_code(session: Session, code_id: str, now: int) -> None:
    """Take a code back; nothing happens if it was used or is over."""
    mine = update(BrowserCode).where(col(BrowserCode.id) == code_id, *_waiting(now))
    session.exec(mine.values(revoked_at=now))


def code_by_hash(session: Session, code_hash: str) -> BrowserCode | None:
    """The code that was made with this hash, whatever has become of it."""
    return session.exec(select(BrowserCode).where(BrowserCode.code_hash == code_hash)).first()


def maker_of(session: Session, code: BrowserCode) -> BrowserSession | None:
    """The session that made a code, while it lasts; held until the end of the transaction, so that it lasts so long."""
    maker = session.get(BrowserSession, code.session_id, with_for_update=True)
    if maker is None or maker.revoked_at:
        return None
    if maker.account_id is None:
        member = session.get(Member, (maker.event_id, maker.member_id))
        return maker if member and not member.removed_at else None
    return maker


def spend_code(session: Session, code: BrowserCode, opens: str, now: int) -> bool:
    """Use a code up for the session that it is to open; False if it was used, taken back or has expired."""
    fresh = update(BrowserCode).where(col(BrowserCode.id) == code.id, *_waiting(now))
    return session.exec(fresh.values(spent_at=now, opened=opens)).rowcount == 1


def hash_code(code: str) -> str:
    """What is kept of a code; takes a moment, so not within a transaction."""
    return slow_digest(code)


def _waiting(now: int) -> tuple[ColumnElement[bool], ...]:
    return (
        col(BrowserCode.spent_at).is_(None),
        col(BrowserCode.revoked_at).is_(None),
        col(BrowserCode.expires_at) > now,
    )
