"""A short name of what tables say: alike in every process, another when one word is another."""

import hashlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, is_dataclass


def fingerprint(*tables: object) -> str:
    """Sixteen hexadecimal digits."""
    return hashlib.sha256(_written(tables).encode()).hexdigest()[:16]


def _written(value: object) -> str:
    """As text in which nothing depends on the order of a set or of a table's keys."""
    match value:
        case str():
            return repr(value)
        case Mapping():
            pairs = sorted((_written(key), _written(one)) for key, one in value.items())
            return "{" + ",".join(f"{key}:{one}" for key, one in pairs) + "}"
        case Set():
            return "{" + ",".join(sorted(map(_written, value))) + "}"
        case Iterable():
            return "[" + ",".join(map(_written, value)) + "]"
        case _ if is_dataclass(value):
            parts = (f"{one.name}={_written(getattr(value, one.name))}" for one in fields(value))
            return f"{type(value).__name__}({','.join(parts)})"
        case _:
            return repr(value)
