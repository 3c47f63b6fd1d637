"""Which files are taken, by their media types, and how large they may be."""

PHOTO_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
PHOTOS = frozenset(PHOTO_FORMATS)
PDF, CSV, TXT = "application/pdf", "text/csv", "text/plain"
_OFFICE = "application/vnd.openxmlformats-officedocument"
XLSX, DOCX = f"{_OFFICE}.spreadsheetml.sheet", f"{_OFFICE}.wordprocessingml.document"
DOCUMENTS = frozenset({PDF, CSV, TXT, XLSX, DOCX})
MEDIA = PHOTOS | DOCUMENTS
PHOTO_BYTES, DOCUMENT_BYTES = 15 * 1024**2, 25 * 1024**2


class RefusedError(Exception):
    """A file that is not taken; the code says why (`blob_words.py` has the sentence)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def most_bytes(media: str) -> int:
    """How large a file of this kind may be as it is sent."""
    return PHOTO_BYTES if media in PHOTOS else DOCUMENT_BYTES
