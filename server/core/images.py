"""Photos made anew: turned upright, small enough, without a word of where and by what they were taken.

Done in a process of its own (`cleaning.py`), since a picture is a stranger's program for a decoder.
"""

from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from server.core.media import PHOTO_FORMATS, RefusedError

MOST_PIXELS = 64_000_000
"""More than the cameras of phones take; four bytes for each of them fit into the memory that the process may have."""
MOST_SIDE = 20_000
PHOTO_SIDE, THUMB_SIDE = 2048, 400
_QUALITY, _THUMB_QUALITY = 84, 74
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


class Cleaned(NamedTuple):
    """A photo as it is kept."""

    media: str
    width: int
    height: int
    photo: bytes
    thumb: bytes


def clean_image(media: str, content: bytes) -> Cleaned:
    """The photo and its thumbnail: JPEG if it came as one, else WebP, which keeps what is see-through."""
    try:
        upright = _decoded(PHOTO_FORMATS[media], content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedError("too_many_pixels") from error
    except UnidentifiedImageError as error:
        raise RefusedError("not_that_kind") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        # Whatever a decoder trips over; Pillow raises all of these for files that are cut short or bent.
        raise RefusedError("broken") from error
    kind = "JPEG" if media == "image/jpeg" else "WEBP"
    photo, thumb = _within(upright, PHOTO_SIDE), _within(upright, THUMB_SIDE)
    return Cleaned(
        f"image/{kind.lower()}",
        *photo.size,
        _encoded(photo, kind, _QUALITY),
        _encoded(thumb, kind, _THUMB_QUALITY),
    )


def _decoded(kind: str, content: bytes) -> Image.Image:
    """The first picture of the file, upright, in the colours of the web."""
    with Image.open(BytesIO(content), formats=[kind]) as image:
        if image.width * image.height > MOST_PIXELS or max(image.size) > MOST_SIDE:
            raise RefusedError("too_many_pixels")
        # JPEG is decoded at a half or a quarter of its size right away, where that is still enough.
        image.draft(None, (PHOTO_SIDE, PHOTO_SIDE))
        image.load()
        # A copy without anything but pixels: encoders write down whatever else a picture knows.
        return _bare(ImageOps.exif_transpose(_in_srgb(image)))


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours as the picture's own profile means them, as far as that can be read."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK"}:
        return image
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        turned = ImageCms.profileToProfile(
            image, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=target
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return turned or image


def _bare(image: Image.Image) -> Image.Image:
    has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    pixels = image.convert("RGBA" if has_alpha else "RGB")
    bare = Image.new(pixels.mode, pixels.size)
    bare.paste(pixels)
    return bare


def _within(image: Image.Image, side: int) -> Image.Image:
    """The picture, its longer side at most so many pixels; never larger than it was."""
    scale = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _encoded(image: Image.Image, kind: str, quality: int) -> bytes:
    out = BytesIO()
    if kind == "JPEG":
        image.convert("RGB").save(out, kind, quality=quality, optimize=True, progressive=True)
    else:
        image.save(out, kind, quality=quality, method=4)
    return out.getvalue()
