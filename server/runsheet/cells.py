"""Which cells are whose: a department's columns are filled by those who lead it."""

from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.ops import RefusalError
from server.runsheet.args import CueFields
from server.runsheet.models import ColumnDef


def refuse_foreign(ctx: Context, fields: CueFields) -> None:
    """Refuse what isn't one's own to edit. Who edits the sheet edits all of it."""
    if ctx.viewer.may(Permission.EDIT_SHEET):
        return
    if fields.model_fields_set - {"columns"}:
        raise RefusalError(
            "forbidden", N_("You fill your department's columns. Ask show control to change the rest.")
        )
    for column_id in fields.columns:
        column = ctx.find(ColumnDef, column_id)
        if column is None or column.removed_at:
            raise not_found(column_id)
        if column.department not in ctx.viewer.departments:
            text = N_("The column “%(name)s” is another department's. Only they fill it.")
            raise RefusalError("forbidden", text, name=column.name)
