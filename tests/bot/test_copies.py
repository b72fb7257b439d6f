"""The small copy of a picture: the same to look at, and nothing else of what came."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from bot import jail
from bot.jail import COPY_BYTES, COPY_SIDES, pack, unpack

SECRET = b"26.5868 106.7134 behind the third house"


def _picture(mode: str = "RGB", size: tuple[int, int] = (900, 600)) -> Image.Image:
    return Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 40).convert(mode)


def _written(picture: Image.Image, kind: str, **hidden: Any) -> bytes:
    written = BytesIO()
    picture.save(written, kind, **hidden)
    return written.getvalue()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (26.0, 35.0, 12.5)
    return exif


def _png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Location", SECRET.decode())
    told.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return _written(_picture("RGBA"), "PNG", pnginfo=told, exif=_exif())


def _appended() -> bytes:
    """What some telephones do: a film, or the place, behind the end of the picture."""
    return _written(_picture(), "JPEG") + SECRET


HIDING: dict[str, Callable[[], bytes]] = {
    "exif": lambda: _written(_picture(), "JPEG", exif=_exif()),
    "comment": lambda: _written(_picture(), "JPEG", comment=SECRET),
    "xmp": lambda: _written(_picture(), "JPEG", xmp=SECRET),
    "profile": lambda: _written(_picture(), "JPEG", icc_profile=SECRET * 10),
    "appended": _appended,
    "png": _png,
    "webp": lambda: _written(_picture(), "WEBP", exif=_exif(), xmp=SECRET),
    "print": lambda: _written(_picture("CMYK"), "JPEG", exif=_exif()),
    "grey": lambda: _written(_picture("L"), "JPEG", comment=SECRET),
    "palette": lambda: _written(_picture("P"), "PNG", exif=_exif()),
}


@pytest.mark.parametrize("how", HIDING)
async def test_whatever_hides_in_a_picture_is_not_in_its_copy(how: str) -> None:
    came = HIDING[how]()
    assert SECRET in came
    copy = unpack(await jail.ask("copy", data=pack(came)))
    assert len(copy) <= COPY_BYTES
    assert SECRET not in copy
    with Image.open(BytesIO(copy)) as seen:
        seen.load()
        assert (seen.format, seen.mode, seen.size) == ("JPEG", "RGB", (900, 600))
        assert dict(seen.getexif()) == {}
        assert seen.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_a_picture_full_of_noise_is_small_all_the_same() -> None:
    noise = Image.effect_noise((3000, 2000), 120).convert("RGB")
    copy = unpack(await jail.ask("copy", data=pack(_written(noise, "JPEG", quality=95))))
    assert len(copy) <= COPY_BYTES
    with Image.open(BytesIO(copy)) as seen:
        assert max(seen.size) in COPY_SIDES


def _bomb() -> bytes:
    """60,000 by 60,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        told = kind + body
        return struct.pack(">I", len(body)) + told + struct.pack(">I", zlib.crc32(told))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "came",
    [
        b"",
        b"\xff\xd8\xff\xe0 no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        _written(_picture(), "JPEG")[:2000],
        _written(_picture(), "GIF"),
        _written(_picture(), "TIFF"),
        _bomb(),
    ],
    ids=["nothing", "words", "svg", "cut", "gif", "tiff", "bomb"],
)
async def test_of_what_is_no_picture_that_we_draw_there_is_no_copy(came: bytes) -> None:
    assert await jail.ask("copy", data=pack(came)) is None
