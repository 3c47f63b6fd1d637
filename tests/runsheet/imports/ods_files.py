"""OpenDocument spreadsheets of our own, in the XML that LibreOffice writes."""

import io
import zipfile
from collections.abc import Iterable

_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style", "manifest")
)
MIME = "application/vnd.oasis.opendocument.spreadsheet"


def cell(text: str = "", **attributes: str) -> str:
    """A cell by what it shows; `value_type` and the like as attributes, those of the table by `t_`."""
    named = " ".join(f'{_name(name)}="{value}"' for name, value in attributes.items())
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in text.split("\n") if text)
    return f"<table:table-cell {named}>{paragraphs}</table:table-cell>"


def _name(name: str) -> str:
    prefix, rest = ("table", name[2:]) if name.startswith("t_") else ("office", name)
    return f"{prefix}:{rest.replace('_', '-')}"


def number(value: float, text: str = "") -> str:
    return cell(text or str(value), value_type="float", value=str(value))


def clock(value: str) -> str:
    return cell("shown otherwise", value_type="time", time_value=value)


def day(value: str) -> str:
    return cell("shown otherwise", value_type="date", date_value=value)


def row(*cells: str, times: int = 1, more: str = "") -> str:
    repeated = f' table:number-rows-repeated="{times}"' if times > 1 else ""
    inside = "".join(one if one.startswith("<") else cell(one) for one in cells)
    return f"<table:table-row{repeated} {more}>{inside}</table:table-row>"


def ods(*rows: str, styles: str = "", manifest: str = "", **others: Iterable[str]) -> bytes:
    """A spreadsheet with these rows in its sheet 流程, and one more sheet for each further name."""
    tables = {"流程": rows, **others}
    xml = "".join(
        f'<table:table table:name="{name}" table:style-name="{name}">{"".join(inside)}</table:table>'
        for name, inside in tables.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{xml}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({
        "META-INF/manifest.xml": f"<manifest:manifest {_SPACES}>{manifest}</manifest:manifest>",
        "content.xml": content,
    })  # fmt: skip


def zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("mimetype", MIME, zipfile.ZIP_STORED)
        for name, part in parts.items():
            target.writestr(name, part)
    return out.getvalue()


def detailed_ods() -> bytes:
    """A 細流 with a parent over two rows, times, an empty million of rows, and a formula that was never worked out."""
    empty = cell(t_number_columns_repeated="16000")
    covered = "<table:covered-table-cell/>"
    return ods(
        row("大活動名稱", "時間", "流程", "時長", "負責人", empty),
        row(
            cell("開場", t_number_rows_spanned="2"), clock("PT13H30M00S"), "司儀開場", clock("PT0H05M00S"), "阿明"
        ),
        row(covered, clock("PT13H35M00S"), "長官致詞", cell("", t_formula="of:=[.D2]"), "小華"),
        row("散場", clock("PT24H30M00S"), "散場", number(10), ""),
        row(empty, times=1_048_000),
    )  # fmt: skip
