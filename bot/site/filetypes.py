"""What a file is, by its own first bytes; what it is called is not believed."""

from dataclasses import dataclass

from conversation.incoming import FileKind

#: Enough of a file for every rule below (the parts of an Office file are named early).
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that we take."""

    mime: str
    kind: FileKind


def recognise(head: bytes, name: str, claimed: str = "") -> FileType | None:
    """The type of a file that begins with ``head``, or None for one that we do not take.

    ``claimed`` (the browser's type) only decides between sound and picture in a container of both.
    """
    for magic, file_type in _MAGIC:
        if head.startswith(magic):
            return file_type
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12]) or _container("mp4", claimed, name)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _container("webm", claimed, name)
    if head.startswith(b"PK\x03\x04"):
        return _office(head, name)
    return _PLAIN if name.lower().endswith(".txt") and _is_plain(head) else None


_MAGIC: tuple[tuple[bytes, FileType], ...] = (
    (b"\xff\xd8\xff", FileType("image/jpeg", "photo")),
    (b"\x89PNG\r\n\x1a\n", FileType("image/png", "photo")),
    (b"#!AMR", FileType("audio/amr", "voice")),
    (b"OggS", FileType("audio/ogg", "voice")),
    (b"ID3", FileType("audio/mpeg", "voice")),
    (b"\xff\xfb", FileType("audio/mpeg", "voice")),
    (b"\xff\xf3", FileType("audio/mpeg", "voice")),
    (b"\xff\xf2", FileType("audio/mpeg", "voice")),
    (b"\xff\xf1", FileType("audio/aac", "voice")),
    (b"\xff\xf9", FileType("audio/aac", "voice")),
    (b"%PDF-", FileType("application/pdf", "document")),
)

_RIFF = {b"WEBP": FileType("image/webp", "photo"), b"WAVE": FileType("audio/wav", "voice")}

#: ISO base media brands that settle the matter alone.
_BRANDS = {
    b"heic": FileType("image/heic", "photo"),
    b"heix": FileType("image/heic", "photo"),
    b"hevc": FileType("image/heic", "photo"),
    b"mif1": FileType("image/heif", "photo"),
    b"msf1": FileType("image/heif", "photo"),
    b"M4A ": FileType("audio/mp4", "voice"),
    b"qt  ": FileType("video/quicktime", "video"),
}

_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCX = FileType(f"{_OFFICE}wordprocessingml.document", "document")
_XLSX = FileType(f"{_OFFICE}spreadsheetml.sheet", "document")
_PLAIN = FileType("text/plain", "document")


def _container(subtype: str, claimed: str, name: str) -> FileType:
    if claimed.startswith("audio/") or name.lower().endswith((".m4a", ".weba", ".3ga")):
        return FileType(f"audio/{subtype}", "voice")
    return FileType(f"video/{subtype}", "video")


def _office(head: bytes, name: str) -> FileType | None:
    """Word and Excel files without macros; a zip of anything else is not taken."""
    if b"[Content_Types].xml" not in head and b"_rels/" not in head:
        return None
    ending = name.lower().rpartition(".")[2]
    return {"docx": _DOCX, "xlsx": _XLSX}.get(ending)


_LAYOUT = "\t\r\n\f"


def _is_plain(head: bytes) -> bool:
    text = _decoded(head)
    if text is None or any(c < " " or "\x7f" <= c < "\xa0" for c in text if c not in _LAYOUT):
        return False
    return not text.lstrip("\ufeff \t\r\n").startswith("<")


def _decoded(head: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        # The head may end within a character: up to three bytes of it are left out.
        for cut in range(4):
            try:
                return head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None
