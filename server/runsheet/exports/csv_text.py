"""The sheet as .csv, in UTF-8 with a mark, without which Excel takes Chinese for something else."""

import csv
import io

from server.runsheet.exports.cells import Sheet, Value, clock, headings, length, values
from server.runsheet.sheet_columns import quoted


def write_csv(sheet: Sheet) -> bytes:
    """One record a row below one of headings. What Excel would take for a formula has an apostrophe before it."""
    wanted, out = headings(sheet), io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([quoted(heading.name(sheet["locale"])) for heading in wanted])
    writer.writerows([[_written(value) for value in values(row, wanted, sheet)] for row in sheet["rows"]])
    return out.getvalue().encode("utf-8-sig")


def _written(value: Value | None) -> str:
    if value is None:
        return ""
    write = {"clock": clock, "length": length}.get(value.kind)
    return quoted(write(int(value.value)) if write else str(value.value))
