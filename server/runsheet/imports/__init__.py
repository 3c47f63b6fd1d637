"""Bringing in run sheets from other programs: from bytes to a preview, and to rows that are ready to be inserted.

`parse_file` reads in a child process, `guess` says what the columns probably are, `build_rows` makes rows and
findings by a mapping. Nothing here touches a database; names become ids elsewhere.
"""

from server.runsheet.imports.book import FileRefusedError, Finding, Limits, Workbook
from server.runsheet.imports.codes import FINDINGS, REFUSALS
from server.runsheet.imports.drafts import Options
from server.runsheet.imports.guessing import guess
from server.runsheet.imports.mapping import Mapping, Source
from server.runsheet.imports.rows import Result, build_rows
from server.runsheet.imports.sandbox import parse_file
from server.runsheet.imports.words import FIELDS

__all__ = [
    "FIELDS",
    "FINDINGS",
    "REFUSALS",
    "FileRefusedError",
    "Finding",
    "Limits",
    "Mapping",
    "Options",
    "Result",
    "Source",
    "Workbook",
    "build_rows",
    "guess",
    "parse_file",
]
