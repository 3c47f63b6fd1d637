"""From an untrusted file to a workbook of plain cells. To be run in a child process (`sandbox.py`)."""

import os
import re
from collections.abc import Callable
from typing import IO

from server.runsheet.imports.book import Finding, Limits, Workbook, quiet, refuse
from server.runsheet.imports.csv_text import decode, decode_text, read_csv
from server.runsheet.imports.frab import read_frab_xml
from server.runsheet.imports.ical import read_ical
from server.runsheet.imports.json_text import read_json
from server.runsheet.imports.ods import is_ods, read_ods
from server.runsheet.imports.pad import is_pad, read_pad
from server.runsheet.imports.xlsx import read_xlsx

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Both a legacy .xls and an encrypted .xlsx begin so; only the latter holds a stream of this name."""
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_BLANK = "\ufeff\x00 \t\r\n"
_HTML = ("<!doctype html", "<html", "<table", "<meta", "<head")
_JSON, _XML = ("{", "["), ("<?xml", "<!doctype", "<schedule")
_TORN_JSON = re.compile(r"""\{\s*"|\[\s*\{""")
_MAGIC = {b"%PDF": "pdf", b"\x89PNG": "image", b"\xff\xd8\xff": "image", b"GIF8": "image", b"{\\rtf": "rtf"}


def read(file: IO[bytes], limits: Limits, progress: Callable[[float], None] = quiet) -> Workbook:
    """Read a seekable file. FileRefusedError tells why it is not taken."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > limits.file_bytes:
        refuse("file_too_large", limit=limits.file_bytes, size=size)
    book = _read_by_content(file, limits, progress)
    _refuse_useless(book)
    progress(1.0)
    return book


def _read_by_content(file: IO[bytes], limits: Limits, progress: Callable[[float], None]) -> Workbook:
    """The content decides, not the name: an .xls is often a .csv, and the other way round."""
    head = file.read(1024)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        if is_ods(head):
            return read_ods(file, limits, progress)
        _refuse_open_document(head)
        return read_xlsx(file, limits, progress)
    if head.startswith(_OLE):
        refuse("file_encrypted" if _ENCRYPTED_STREAM in file.read() else "file_legacy_xls")
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            refuse("file_not_spreadsheet", format=name)
    return _read_text(file.read(), decode(head)[0].strip(_BLANK).lower(), limits)


def _read_text(raw: bytes, opening: str, limits: Limits) -> Workbook:
    """By its first words; whatever says nothing there is a table of text."""
    if not opening:
        refuse("file_empty")
    if opening.startswith(_HTML):
        refuse("file_not_spreadsheet", format="html")
    if opening.startswith(_JSON) and (book := read_json(raw, limits)):
        return book
    if _TORN_JSON.match(opening):
        refuse("file_broken")
    if opening.startswith("begin:vcalendar"):
        return read_ical(raw, limits)
    if opening.startswith(_XML):
        return read_frab_xml(raw, limits) or refuse("file_not_spreadsheet", format="xml")
    text, charset = decode_text(raw)
    book = read_pad(text, limits) if is_pad(text) else read_csv(text, limits)
    if charset not in {"utf-8", "utf-16-le", "utf-16-be"}:
        book.findings.append(Finding("charset_guessed", params={"charset": charset}))
    return book


def _refuse_open_document(head: bytes) -> None:
    """A text or drawing of LibreOffice."""
    if b"mimetypeapplication/vnd.oasis.opendocument" in head:
        refuse("file_not_spreadsheet", format="zip")


def _refuse_useless(book: Workbook) -> None:
    if next(book.usable, None):
        return
    problem = next((sheet.problem for sheet in book.sheets if sheet.problem), None)
    if problem:
        refuse(problem.code, sheet=problem.sheet, **problem.params)
    refuse("file_empty")
