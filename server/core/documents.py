"""Files that are kept as they are: looked at from outside, so that each is what it says and nothing besides."""

import zipfile
from io import BytesIO

from server.core.media import DOCX, PDF, XLSX, RefusedError

# Where each kind of office file has its main part.
_MAIN = {XLSX: "xl/workbook.xml", DOCX: "word/document.xml"}
MOST_ENTRIES = 5_000
MOST_UNPACKED = 256 * 1024 * 1024
MOST_RATIO = 200
"""So many times larger a part may be unpacked: office files of text reach thirty, bombs a thousand."""
_SMALL = 1024 * 1024
_LOCAL, _TAIL = b"PK\x03\x04", 1024


def check_document(media: str, content: bytes) -> None:
    """RefusedError unless the file is plainly of its kind."""
    if media == PDF:
        _check_pdf(content)
    elif media in _MAIN:
        _check_office(_MAIN[media], content)
    else:
        _check_text(content)


def _check_pdf(content: bytes) -> None:
    """Begins as one, ends as one, and is no archive too: readers disagree about files that are two things."""
    if not content.startswith(b"%PDF-"):
        raise RefusedError("not_that_kind")
    if b"%%EOF" not in content[-_TAIL:]:
        raise RefusedError("broken")
    if zipfile.is_zipfile(BytesIO(content)):
        raise RefusedError("two_kinds")


def _check_office(main: str, content: bytes) -> None:
    if not content.startswith(_LOCAL):
        raise RefusedError("not_that_kind")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise RefusedError("broken") from error
    names = {part.filename for part in parts}
    if not {"[Content_Types].xml", main} <= names:
        raise RefusedError("not_that_kind")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise RefusedError("has_macros")
    if (
        len(parts) > MOST_ENTRIES
        or sum(part.file_size for part in parts) > MOST_UNPACKED
        or any(map(_swells, parts))
    ):
        raise RefusedError("bomb")
    # The first part stands at the beginning, so nothing else does; the end is where its directory says.
    if min(part.header_offset for part in parts) != 0:
        raise RefusedError("two_kinds")


def _swells(part: zipfile.ZipInfo) -> bool:
    return part.file_size > _SMALL and part.file_size > MOST_RATIO * max(1, part.compress_size)


def _check_text(content: bytes) -> None:
    """Text of any encoding that Excel writes. It is only ever downloaded, so what it says does not matter."""
    marks = (_LOCAL, b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0")
    if content.startswith(marks):
        raise RefusedError("not_that_kind")
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not is_wide and b"\0" in content:
        raise RefusedError("not_that_kind")
