"""Sealed columns: read with the key file only, and only where they were put."""

import base64
import hmac
import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.faults import KeyFileFault, Unsealable

#: The first byte of a sealed value; another algorithm (SM4-GCM) would be another number.
_AES_256_GCM = 1
_NONCE_BYTES = 12
HEADER_BYTES = 3
_KEY_BYTES = 32


class Sealer:
    """Seals values for one place in the tables, and makes blind indexes."""

    def __init__(
        self,
        keys: Mapping[int, bytes],
        index: bytes,
        *,
        again: Callable[[], Mapping[int, bytes]] | None = None,
    ) -> None:
        self._index = hmac.new(index, digestmod="sha256")
        self._again = again
        self._use(keys)

    @property
    def header(self) -> bytes:
        """What everything begins with that is sealed under the newest key."""
        return self._newest[0]

    def seal(self, table: str, column: str, row_id: int | str, data: bytes) -> bytes:
        """The data under the newest key; it opens in this row and column only."""
        header, cipher = self._newest
        nonce = os.urandom(_NONCE_BYTES)
        return header + nonce + cipher.encrypt(nonce, data, _place(header, table, column, row_id))

    def open(self, table: str, column: str, row_id: int | str, sealed: bytes) -> bytes:
        """What was sealed; raises Unsealable when it was sealed for another place or key."""
        header, nonce = sealed[:HEADER_BYTES], sealed[HEADER_BYTES : HEADER_BYTES + 12]
        cipher = self._cipher_of(version_of(sealed))
        if cipher is None or header[0] != _AES_256_GCM:
            raise Unsealable(f"{table}.{column}")
        try:
            place = _place(header, table, column, row_id)
            return cipher.decrypt(nonce, sealed[HEADER_BYTES + _NONCE_BYTES :], place)
        except (InvalidTag, ValueError):
            raise Unsealable(f"{table}.{column}") from None

    def renew(self) -> bool:
        """Read the key file again; True when there is a newer key, which seals from now on."""
        before = self.version
        if self._again is not None:
            self._use(self._again())
        return self.version != before

    def _use(self, keys: Mapping[int, bytes]) -> None:
        ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self.version = max(keys)
        header = bytes((_AES_256_GCM,)) + self.version.to_bytes(2, "big")
        self._ciphers = ciphers
        # One value, so that a thread never sees a header with another key's cipher.
        self._newest = (header, ciphers[self.version])

    def _cipher_of(self, version: int) -> AESGCM | None:
        # Another process may have rotated the keys and sealed with the new one already.
        if version > self.version:
            self.renew()
        return self._ciphers.get(version)

    def blind(self, purpose: str, data: str) -> bytes:
        """Sixteen bytes that are equal for equal data, and tell nothing else."""
        index = self._index.copy()
        index.update(f"{purpose}\0{data}".encode())
        return index.digest()[:16]


def version_of(sealed: bytes) -> int:
    """The version of the key that a sealed value was sealed under; 0 when it is too short."""
    return int.from_bytes(sealed[1:HEADER_BYTES], "big") if len(sealed) > HEADER_BYTES else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """The keys of one installation. Data and vault keys rotate; index and audit keys stay."""

    path: Path
    data: Mapping[int, bytes] = field(repr=False)
    data_index: bytes = field(repr=False)
    #: Of the reporters' identities, apart from everything else.
    vault: Mapping[int, bytes] = field(repr=False)
    vault_index: bytes = field(repr=False)
    audit: bytes = field(repr=False)

    @classmethod
    def create(cls, path: Path, *, data_folder: Path | None = None) -> "KeyRing":
        """A new ring in a new file that only its owner can read."""
        refuse_beside(path, data_folder)
        if path.exists():
            raise KeyFileFault("key-file-exists", path=path)
        ring = cls(
            path=path,
            data={1: os.urandom(_KEY_BYTES)},
            data_index=os.urandom(_KEY_BYTES),
            vault={1: os.urandom(_KEY_BYTES)},
            vault_index=os.urandom(_KEY_BYTES),
            audit=os.urandom(_KEY_BYTES),
        )
        ring._write()
        return ring

    @classmethod
    def load(cls, path: Path, *, data_folder: Path | None = None) -> "KeyRing":
        """The ring in the file; raises KeyFileFault when the file is missing, unsafe or broken."""
        _refuse_unsafe(path, data_folder)
        try:
            return _from_json(path, path.read_text("utf-8"))
        except OSError as error:
            raise KeyFileFault("key-file-unreadable", path=path, error=error.strerror) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeyFileFault("key-file-broken", path=path) from None

    def rotate(self) -> "KeyRing":
        """The ring with one new data key and one new vault key, written to the same file."""
        newer = replace(self, data=_with_one_more(self.data), vault=_with_one_more(self.vault))
        newer._write()
        return newer

    def without_old_keys(self) -> "KeyRing":
        """The ring with the newest keys only, written: for when every row was sealed again."""
        leaner = replace(self, data=_newest(self.data), vault=_newest(self.vault))
        leaner._write()
        return leaner

    def sealer(self) -> Sealer:
        """Seals everything but the reporters' identities."""
        return Sealer(self.data, self.data_index, again=lambda: KeyRing.load(self.path).data)

    def vault_sealer(self) -> Sealer:
        """Seals the reporters' identities."""
        return Sealer(self.vault, self.vault_index, again=lambda: KeyRing.load(self.path).vault)

    def _write(self) -> None:
        # First whole beside it, then into its place: a kill leaves the old file or the new one.
        beside = self.path.with_name(f".{self.path.name}.new")
        try:
            beside.unlink(missing_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(_to_json(self))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise KeyFileFault(
                "key-file-not-writable", path=self.path, error=error.strerror
            ) from None


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _place(header: bytes, table: str, column: str, row_id: int | str) -> bytes:
    return header + f"{table}|{column}|{row_id}".encode()


def _refuse_unsafe(path: Path, data_folder: Path | None) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise KeyFileFault("key-file-missing", path=path) from None
    except OSError as error:
        raise KeyFileFault("key-file-unreadable", path=path, error=error.strerror) from None
    if not stat.S_ISREG(mode):
        raise KeyFileFault("key-file-broken", path=path)
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFileFault("key-file-open", path=path, mode=f"{stat.S_IMODE(mode):03o}")
    refuse_beside(path, data_folder)


def refuse_beside(path: Path, data_folder: Path | None) -> None:
    """Raises KeyFileFault for a key file that whoever copies the data would copy, too."""
    if data_folder is not None and path.resolve().is_relative_to(data_folder.resolve()):
        raise KeyFileFault("key-file-beside-data", path=path, folder=data_folder)


def _with_one_more(keys: Mapping[int, bytes]) -> dict[int, bytes]:
    return {**keys, max(keys) + 1: os.urandom(_KEY_BYTES)}


def _newest(keys: Mapping[int, bytes]) -> dict[int, bytes]:
    return {max(keys): keys[max(keys)]}


def _to_json(ring: KeyRing) -> str:
    content = {
        "data": {str(version): _text(key) for version, key in ring.data.items()},
        "data_index": _text(ring.data_index),
        "vault": {str(version): _text(key) for version, key in ring.vault.items()},
        "vault_index": _text(ring.vault_index),
        "audit": _text(ring.audit),
    }
    return json.dumps(content, indent=2) + "\n"


def _from_json(path: Path, text: str) -> KeyRing:
    content = json.loads(text)
    if not content["data"] or not content["vault"]:
        raise ValueError("a ring has keys")
    return KeyRing(
        path=path,
        data={int(version): _key(key) for version, key in content["data"].items()},
        data_index=_key(content["data_index"]),
        vault={int(version): _key(key) for version, key in content["vault"].items()},
        vault_index=_key(content["vault_index"]),
        audit=_key(content["audit"]),
    )


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return key
