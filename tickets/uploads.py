"""What is taken in: known kinds by their content, of some size, images made anew. No Django.

A file is what its bytes are: its extension, what libmagic says and the list below must agree.
Images are drawn again from their pixels, so that no position, no camera and nothing hidden
behind the picture comes along.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import magic
from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from tickets.errors import (
    FileEmpty,
    FileKindRefused,
    FileNotWhatItSays,
    FileTooLarge,
    ImageBroken,
)
from tickets.filenames import clean, split

MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE
MOST_FILES = 10
MOST_PIXELS = 50_000_000  # a phone's best photo; more is a bomb
LONGEST_SIDE = 4096
QUALITY = 88

_OFFICE_XML = "application/vnd.openxmlformats-officedocument"
_OLE = {"application/x-ole-storage", "application/CDFV2", "application/vnd.ms-office"}
_TEXT = {"text/plain", "text/csv", "application/csv"}  # which of them, libmagic's releases differ
KINDS: dict[str, set[str]] = {
    ".pdf": {"application/pdf"},
    ".jpg": {"image/jpeg"},
    ".jpeg": {"image/jpeg"},
    ".png": {"image/png"},
    ".webp": {"image/webp"},
    ".heic": {"image/heic", "image/heif"},
    ".heif": {"image/heic", "image/heif"},
    ".txt": _TEXT,
    ".csv": _TEXT,
    ".docx": {f"{_OFFICE_XML}.wordprocessingml.document"},
    ".xlsx": {f"{_OFFICE_XML}.spreadsheetml.sheet"},
    ".odt": {"application/vnd.oasis.opendocument.text"},
    ".ods": {"application/vnd.oasis.opendocument.spreadsheet"},
    ".doc": {"application/msword", *_OLE},
    ".xls": {"application/vnd.ms-excel", *_OLE},
}
TEXT_KINDS = {".txt": "text/plain", ".csv": "text/csv"}
DRAWN_ANEW = {
    "image/jpeg": ("JPEG", ".jpg", "image/jpeg"),
    "image/png": ("PNG", ".png", "image/png"),
    "image/webp": ("PNG", ".png", "image/png"),
    "image/heic": ("JPEG", ".jpg", "image/jpeg"),
    "image/heif": ("JPEG", ".jpg", "image/jpeg"),
}
NOT_A_PICTURE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    ValueError,
    SyntaxError,  # Pillow's word for a broken PNG
    EOFError,
)

register_heif_opener()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was taken in, as it is kept."""

    name: str
    kind: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The digest of what is kept, in 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()


def take_in(name: str, content: bytes) -> Upload:
    """Return a file as it will be kept; raise a FileRefused that says why not.

    The caller reads at most LARGEST + 1 bytes: more need not be known to be too much.
    """
    name = clean(name)
    if not content:
        raise FileEmpty(name=name)
    if len(content) > LARGEST:
        raise FileTooLarge(name=name, limit=LARGEST // MEGABYTE)
    kind = _kind(name, content)
    if kind in DRAWN_ANEW:
        return _drawn_anew(name, kind, content)
    return Upload(name, kind, content)


def _kind(name: str, content: bytes) -> str:
    """Return what the bytes are, if that is allowed and what the name says.

    Of text the name decides which kind it is: a table with commas is text, and text may be a table.
    """
    ending = split(name)[1]
    allowed = KINDS.get(ending)
    if allowed is None:
        raise FileKindRefused(name=name)
    kind = magic.from_buffer(content, mime=True)
    if kind not in allowed:
        known = any(kind in kinds for kinds in KINDS.values())
        raise FileNotWhatItSays(name=name) if known else FileKindRefused(name=name)
    return TEXT_KINDS.get(ending, kind)


def _drawn_anew(name: str, kind: str, content: bytes) -> Upload:
    """Return the picture alone, upright, in a format that every browser shows."""
    drawn_as, ending, becomes = DRAWN_ANEW[kind]
    drawn = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ImageBroken(name=name)
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG is decoded small at once
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            _plain(upright, drawn_as).save(drawn, drawn_as, quality=QUALITY, optimize=True)
    except NOT_A_PICTURE as error:
        raise ImageBroken(name=name) from error
    return Upload(clean(split(name)[0] + ending), becomes, drawn.getvalue())


def _plain(image: Image.Image, drawn_as: str) -> Image.Image:
    """Return the pixels on a fresh sheet: what rode along with the picture stays behind."""
    mode = "RGB" if drawn_as == "JPEG" else "RGBA"
    pixels = image.convert(mode)
    sheet = Image.new(mode, pixels.size)
    sheet.paste(pixels)
    return sheet
