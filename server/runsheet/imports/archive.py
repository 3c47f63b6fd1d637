"""Opening a .xlsx or .ods, which is a zip of XML, without trusting either."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from server.runsheet.imports.book import Limits, refuse

_CHUNK = 256 * 1024
_SMALL = 1024 * 1024
"""A member smaller than this may be packed as tightly as it likes."""
_ENCRYPTED = 0x1
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Archive:
    """A zip whose sizes were checked before anything is inflated."""

    def __init__(self, file: IO[bytes], limits: Limits, on_bytes: Callable[[int], None]) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN:
            refuse("file_broken")
        self._limits = limits
        self._left = limits.inflated_bytes
        self._on_bytes = on_bytes
        self._members = {_plain(info.filename): info for info in self._zip.infolist()}
        _check_sizes(self._zip.infolist(), limits)

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._members

    def size(self, name: str) -> int:
        """Declared bytes of a member once inflated; more is never read from it."""
        return self._members[_plain(name)].file_size

    def walk(self, name: str, handler: "Handler") -> None:
        """Feed the member's XML to a handler."""
        parser = _parser(handler)
        try:
            for chunk in self._chunks(name):
                parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keyword
            parser.Parse(b"", True)  # noqa: FBT003
        except expat.ExpatError:
            refuse("file_broken", part=name[-100:])

    def _chunks(self, name: str) -> Iterator[bytes]:
        info = self._members[_plain(name)]
        if info.flag_bits & _ENCRYPTED:
            refuse("file_encrypted")
        if info.compress_type not in _METHODS:
            refuse("file_broken", part=name[-100:])
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(_CHUNK):
                    self._spend(len(chunk))
                    yield chunk
        except _BROKEN:
            refuse("file_broken", part=name[-100:])

    def _spend(self, count: int) -> None:
        """The headers may lie, so what is really inflated is counted too."""
        self._left -= count
        if self._left < 0:
            refuse("zip_bomb")
        self._on_bytes(count)


class Handler:
    """Takes the elements of one XML file. Names come without their prefix."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text within an element, perhaps in pieces."""


def parse_xml(raw: bytes, handler: Handler) -> None:
    """Feed a file that is XML itself to a handler."""
    try:
        _parser(handler).Parse(raw, True)  # noqa: FBT003 - expat takes no keyword
    except (expat.ExpatError, ValueError, LookupError):
        refuse("file_broken")


def _parser(handler: Handler) -> expat.XMLParserType:
    """A parser that refuses every document type: no entities, so neither bombs nor outside files."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.CharacterDataHandler = handler.text

    def first(name: str, attributes: dict[str, str]) -> None:
        """The root tells whether elements have a prefix. Nearly none do, and a sheet has millions of them."""
        prefixed = ":" in name
        parser.StartElementHandler = _without_prefix(handler.start) if prefixed else handler.start
        parser.EndElementHandler = _without_prefix(handler.end) if prefixed else handler.end
        parser.StartElementHandler(name, attributes)

    parser.StartElementHandler = first
    return parser


def _without_prefix(take: Callable[..., None]) -> Callable[..., None]:
    return lambda name, *more: take(name.rpartition(":")[2], *more)


def _refuse_doctype(*_: object) -> None:
    refuse("xml_bomb")


def _check_sizes(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse by what the headers declare, before a single byte is inflated."""
    if len(members) > limits.entries or sum(info.file_size for info in members) > limits.inflated_bytes:
        refuse("zip_bomb")
    if any(
        info.file_size > _SMALL and info.file_size > limits.ratio * max(1, info.compress_size)
        for info in members
    ):
        refuse("zip_bomb")


def _plain(name: str) -> str:
    """Some writers use backslashes, a leading slash, or other capitals than they refer to."""
    return name.replace("\\", "/").lstrip("/").casefold()
