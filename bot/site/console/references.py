"""How cases, children and deeds are named in pages: sealed, so that none can be guessed."""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from conversation.cards import Action
from storage.work import Reading

#: A number that the store can look for.
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class References:
    """Names that only this county's keys can make and read; equal for equal things."""

    _seal: AESSIV = field(repr=False)

    @classmethod
    def of(cls, reading: Reading) -> "References":
        """Those of the store's keys."""
        sealer = reading.shared.sealer
        key = b"".join(sealer.blind("console-references", part) for part in "0123")
        return cls(AESSIV(key))

    def name(self, kind: str, number: int) -> str:
        """A row, as a page names it."""
        return self._sealed(number.to_bytes(_ID_BYTES, "big"), kind)

    def number(self, kind: str, name: str) -> int | None:
        """The row that a page names; None for what we never named."""
        opened = self._opened(name, kind)
        return None if opened is None else int.from_bytes(opened, "big")

    def deed(self, action: Action, contact_id: int) -> str:
        """What a button does, for this person's contact alone."""
        return self._sealed(f"{action.verb}\n{action.arg}".encode(), f"deed:{contact_id}")

    def action(self, name: str, contact_id: int) -> Action | None:
        """What the button does; None for another person's, or for none of ours."""
        opened = self._opened(name, f"deed:{contact_id}")
        if opened is None:
            return None
        verb, _, arg = opened.decode().partition("\n")
        return Action(verb, arg)

    def carried(self, data: bytes, contact_id: int) -> str:
        """What a page of this person's carries from one request to the next."""
        return self._sealed(data, f"carried:{contact_id}")

    def brought(self, name: str, contact_id: int) -> bytes | None:
        """The same, come back; None for another person's, or for none of ours."""
        return self._opened(name, f"carried:{contact_id}")

    def sought(self, words: str, session: str) -> str:
        """Names and telephones that somebody looks for, as the address of a page says them."""
        return self._sealed(words.encode(), f"sought:{session}")

    def words(self, name: str, session: str) -> str:
        """What this session looks for; "" for another's, or for none of ours."""
        opened = self._opened(name, f"sought:{session}")
        return "" if opened is None else opened.decode()

    def _sealed(self, data: bytes, kind: str) -> str:
        sealed = self._seal.encrypt(data, [kind.encode()])
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _opened(self, name: str, kind: str) -> bytes | None:
        try:
            sealed = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
            return self._seal.decrypt(sealed, [kind.encode()])
        except (binascii.Error, ValueError, InvalidTag):
            return None
