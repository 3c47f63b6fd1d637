"""What is made of a stranger's photo, and which files are not taken."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from server.core.aside import aside
from server.core.cleaning import LIMITS, clean
from server.core.documents import check_document
from server.core.images import clean_image
from server.core.media import CSV, DOCX, PDF, TXT, XLSX, RefusedError
from tests.support.sending import JPEG, PNG, WEBP, photo

GPS, DATE, MAKE, ORIENTATION = 0x8825, 0x0132, 0x010F, 0x0112
SECRET = b"home of the photographer"
PAPER = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def refused(check: Callable[..., object], media: str, content: bytes) -> str:
    with pytest.raises(RefusedError) as error:
        check(media, content)
    return error.value.code


def said_aside(media: str, content: bytes, **limits: int) -> list[Any]:
    heard: list[Any] = []
    aside(clean, heard.append, media, LIMITS | limits, content)
    return heard


# --- what stays


def told_everything() -> bytes:
    """A photo that says where, when and by what it was taken, in every way there is."""
    exif = Image.Exif()
    exif[MAKE], exif[DATE] = SECRET.decode(), "2026:11:23 08:00:00"
    exif.get_ifd(GPS).update(
        {1: "N", 2: (25.0, 2.0, 0.0), 3: "E", 4: (121.0, 30.0, 0.0), 29: SECRET.decode()}
    )
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    told = photo(
        exif=exif, icc_profile=profile, comment=SECRET, xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    )
    return told + SECRET


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_photo_tells_stays_in_it(kind: str) -> None:
    content = told_everything()
    if kind != "JPEG":
        image = opened(content)
        out = BytesIO()
        image.save(out, kind, exif=image.getexif(), xmp=image.info["xmp"])
        content = out.getvalue()
    assert SECRET in content
    assert opened(content).getexif().get_ifd(GPS)
    cleaned = clean_image(f"image/{kind.lower()}", content)
    for kept in (cleaned.photo, cleaned.thumb):
        assert SECRET not in kept
        image = opened(kept)
        assert (dict(image.getexif()), image.getexif().get_ifd(GPS)) == ({}, {})
        assert not {"exif", "xmp", "comment", "icc_profile", "XML:com.adobe.xmp"} & image.info.keys()


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))])
def test_a_photo_stands_upright(orientation: int, corner: tuple[int, int]) -> None:
    """The red corner at the top left of what the sensor saw is where the phone was held."""
    image = Image.new("RGB", (80, 40), "white")
    image.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95)
    cleaned = clean_image(JPEG, out.getvalue())
    assert (cleaned.width, cleaned.height) == ((80, 40) if orientation in {1, 3} else (40, 80))
    upright = opened(cleaned.photo).convert("RGB")
    assert upright.size == (cleaned.width, cleaned.height)
    red, green, _ = upright.getpixel(
        (10 + corner[0] * (upright.width - 20), 10 + corner[1] * (upright.height - 20))
    )  # type: ignore[misc]  # three bands
    assert (red > 200, green < 60) == (True, True)


def test_a_large_photo_is_made_smaller_and_a_small_one_is_not() -> None:
    large = clean_image(JPEG, photo(size=(3000, 1500)))
    assert (large.width, large.height) == opened(large.photo).size == (2048, 1024)
    assert opened(large.thumb).size == (400, 200)
    small = clean_image(JPEG, photo(size=(120, 80)))
    assert (small.width, small.height) == opened(small.thumb).size == (120, 80)
    assert clean_image(JPEG, photo(size=(4000, 1))).height == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_kind_of_pixels_is_taken(mode: str) -> None:
    media, kind = (JPEG, "JPEG") if mode == "CMYK" else (PNG, "PNG")
    if mode == "F":
        media, kind, mode = WEBP, "WEBP", "RGBA"
    out = BytesIO()
    Image.new(mode, (30, 20)).save(out, kind)
    cleaned = clean_image(media, out.getvalue())
    assert opened(cleaned.photo).size == (30, 20)
    assert opened(cleaned.photo).mode == ("RGBA" if mode in {"LA", "RGBA"} else "RGB")


def test_of_a_moving_picture_the_first_one_stays() -> None:
    out = BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    cleaned = clean_image(WEBP, out.getvalue())
    assert getattr(opened(cleaned.photo), "n_frames", 1) == 1
    assert opened(cleaned.photo).convert("RGB").getpixel((10, 10))[0] > 200  # type: ignore[index]  # three bands


def test_what_was_hidden_behind_a_photo_is_gone() -> None:
    """A photo that is an archive as well: what is kept is the photo alone."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.html", "<script>alert(1)</script>")
    both = photo() + archive.getvalue()
    assert zipfile.is_zipfile(BytesIO(both))
    cleaned = clean_image(JPEG, both)
    assert not zipfile.is_zipfile(BytesIO(cleaned.photo))
    assert b"script" not in cleaned.photo


# --- photos that are not taken


def png_of(width: int, height: int) -> bytes:
    """A picture that says it is so large, in a few bytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8001, 8000), (60_000, 60_000), (20_001, 2), (2**31 - 1, 1)])
def test_a_bomb_of_pixels_is_not_opened(size: tuple[int, int]) -> None:
    assert refused(clean_image, PNG, png_of(*size)) == "too_many_pixels"


@pytest.mark.parametrize(
    ("media", "content", "code"),
    [
        (JPEG, photo("PNG"), "not_that_kind"),
        (PNG, photo("JPEG"), "not_that_kind"),
        (WEBP, photo("JPEG"), "not_that_kind"),
        (JPEG, b"<html><script>alert(1)</script>", "not_that_kind"),
        (JPEG, b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not_that_kind"),
        (JPEG, b"GIF89a" + bytes(100), "not_that_kind"),
        (JPEG, PAPER, "not_that_kind"),
        (JPEG, b"x", "not_that_kind"),
        (JPEG, photo()[: len(photo()) // 2], "broken"),
        (PNG, photo("PNG")[:-200], "broken"),
        (PNG, png_of(40, 40), "broken"),
    ],
)
def test_what_is_no_whole_photo_of_its_kind_is_refused(media: str, content: bytes, code: str) -> None:
    assert refused(clean_image, media, content) == code


# --- files that are kept as they are


def office(main: str, **more: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {"[Content_Types].xml": b"<Types/>", main: b"<x/>", **more}.items():
            file.writestr(name, content)
    return out.getvalue()


BOOK, LETTER = office("xl/workbook.xml"), office("word/document.xml")


@pytest.mark.parametrize(
    ("media", "content"),
    [
        (PDF, PAPER),
        (XLSX, BOOK),
        (DOCX, LETTER),
        (CSV, "時間,流程\n13:00,開場\n".encode()),
        (CSV, "時間,流程".encode("big5")),
        (TXT, "時間".encode("utf-16")),
    ],
)
def test_a_file_of_its_kind_is_taken(media: str, content: bytes) -> None:
    check_document(media, content)


@pytest.mark.parametrize(
    ("media", "content", "code"),
    [
        (PDF, BOOK, "not_that_kind"),
        (PDF, b"<html>" + PAPER, "not_that_kind"),
        (PDF, PAPER[:20], "broken"),
        (PDF, PAPER + BOOK + b"%%EOF", "two_kinds"),
        (XLSX, LETTER, "not_that_kind"),
        (DOCX, BOOK, "not_that_kind"),
        (XLSX, b"MZ" + BOOK, "not_that_kind"),
        (XLSX, b"PK\x03\x04 some program" + BOOK, "two_kinds"),
        (XLSX, BOOK[:-10], "broken"),
        (XLSX, office("xl/workbook.xml", **{"xl/vbaProject.bin": b"x"}), "has_macros"),
        (XLSX, office("xl/workbook.xml", **{"xl/media/1.png": bytes(200 * 1024 * 1024)}), "bomb"),
        (CSV, photo(), "not_that_kind"),
        (TXT, b"MZ\x90", "not_that_kind"),
        (TXT, b"text\0more", "not_that_kind"),
        (CSV, BOOK, "not_that_kind"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused(media: str, content: bytes, code: str) -> None:
    assert refused(check_document, media, content) == code


# --- in a process of its own


def test_a_photo_is_cleaned_aside() -> None:
    about, kept, thumb = said_aside(JPEG, photo(size=(500, 300)))
    assert about == {"media": JPEG, "width": 500, "height": 300}
    assert (opened(kept).size, opened(thumb).size) == ((500, 300), (400, 240))


def test_a_refusal_and_a_file_come_back_from_aside() -> None:
    assert said_aside(PNG, png_of(60_000, 60_000)) == [{"refused": "too_many_pixels"}]
    assert said_aside(PDF, PAPER) == [{"media": PDF, "width": None, "height": None}]


def test_a_photo_gets_only_so_much_memory() -> None:
    """This one would need some 400 megabytes."""
    content = BytesIO()
    Image.new("RGBA", (7900, 8000)).save(content, "PNG")
    assert said_aside(PNG, content.getvalue(), memory_bytes=250 * 1024**2) == [{"refused": "too_heavy"}]


def test_the_largest_that_is_allowed_fits_into_its_memory() -> None:
    content = BytesIO()
    Image.new("RGBA", (7900, 8000)).save(content, "PNG")
    about, *_ = said_aside(PNG, content.getvalue())
    assert (about["width"], about["height"]) == (2022, 2048)


def test_nothing_random_breaks_anything_else() -> None:
    """Bent photos are photos or refused, whichever byte is bent."""
    content = photo(size=(64, 48))
    for place in range(0, len(content), 37):
        bent = bytearray(content)
        bent[place] ^= 0xFF
        assert _outcome(bytes(bent)) in {"", "broken", "not_that_kind", "too_many_pixels"}


def _outcome(content: bytes) -> str:
    try:
        clean_image(JPEG, content)
    except RefusedError as error:
        return error.code
    return ""
