"""What becomes of an op: the answers that the writer gives."""

import logging
from typing import Any

from sqlalchemy.exc import IntegrityError

from server.core.context import Context
from server.core.db import is_busy
from server.core.i18n import N_
from server.core.log import Answer
from server.core.ops import Prepared, RefusalError, Result, refused

_log = logging.getLogger(__name__)


def applied(ctx: Context, value: dict[str, Any] | None) -> Result:
    result: Result = {"id": ctx.op.id, "status": "applied", "seq": ctx.seq or ctx.log.head}
    extra = dict(value or {})
    if ctx.undo:
        extra["undo"] = ctx.undo | {"base_version": ctx.seq or ctx.log.head}
    return result | ({"result": extra} if extra else {})


def after_refused(op: Prepared) -> Result:
    return refusal(op, RefusalError("after_refused", N_("What this builds on was not accepted.")))


def refusal(op: Prepared, why: RefusalError) -> Result:
    return {"id": op.id, "status": why.status, "error": why.error}


def again(op: Prepared, known: Answer, member_id: str) -> Result:
    """The stored answer, to the same member with the same arguments; anybody else reuses an id."""
    if known.member != member_id or known.hash != op.hash:
        return refusal(op, RefusalError("op_reuse", N_("This op id was used before.")))
    return {**known.result, "status": "duplicate", "first": known.result["status"]}


def retry(op: Prepared) -> Result:
    """Nothing was done, and the op may be sent again."""
    return refused(op.id, "busy", N_("The server is busy. It will be sent again.")) | {"status": "retry"}


def failed(op: Prepared) -> Result:
    """The op can't be done, by a fault of ours."""
    return refusal(op, _failure())


def _failure() -> RefusalError:
    return RefusalError("failed", N_("Something went wrong on the server. Nothing was changed."))


def as_refusal(op: Prepared, error: Exception) -> RefusalError:
    """What an action raised, as an answer; a database that is busy or gone fails the whole group instead."""
    if isinstance(error, RefusalError):
        return error
    if is_busy(error):
        raise error
    if isinstance(error, IntegrityError):
        return RefusalError("exists", N_("This id is in use already."))
    _log.error("op %s failed", op.op.name, exc_info=error)
    return _failure()
