"""The Bot API's own description judges calls: fields unknown, missing or ill-typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[1] / "bot_api" / "telegram-bot-api.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came in a multipart call; its bytes lie in the server's drawer."""

    file_id: str
    file_name: str
    mime_type: str
    file_size: int


class Misfit(Exception):
    """A value that is not what the description asks for; says where and what."""


@cache
def spec() -> "Spec":
    return Spec(json.loads(SOURCE.read_text("utf-8")))


class Spec:
    """Methods and types of the Bot API."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.types: dict[str, Any] = described["types"]
        self._methods = {name: _fields(each) for name, each in described["methods"].items()}
        self._objects = {name: _fields(each) for name, each in self.types.items()}

    def knows(self, method: str) -> bool:
        return method in self._methods

    def decode(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters as values: forms and queries carry everything as text."""
        known = self._methods[method]
        return {
            name: _decoded(value, known[name][0]) if name in known else value
            for name, value in params.items()
        }

    def check(self, method: str, params: Mapping[str, Any]) -> None:
        """Raises Misfit for the first fault."""
        self._check_fields(self._methods[method], params, method)

    def _check_fields(
        self, known: Mapping[str, tuple[list[str], bool]], given: Mapping[str, Any], where: str
    ) -> None:
        for name in given:
            if name not in known:
                raise Misfit(f"{where} has no field {name}")
        for name, (types, required) in known.items():
            if name in given:
                self._check_any(types, given[name], f"{where}.{name}")
            elif required:
                raise Misfit(f"{where}.{name} is required")

    def _check_any(self, types: list[str], value: object, where: str) -> None:
        faults = []
        for each in types:
            try:
                return self._check_type(each, value, where)
            except Misfit as fault:
                faults.append(fault)
        raise faults[0]

    def _check_type(self, kind: str, value: object, where: str) -> None:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                raise Misfit(f"{where} must be an array")
            for at, each in enumerate(value):
                self._check_type(kind.removeprefix("Array of "), each, f"{where}[{at}]")
        elif kind in _PLAIN:
            if not isinstance(value, _PLAIN[kind]) or isinstance(value, bool) != (
                kind == "Boolean"
            ):
                raise Misfit(f"{where} must be of type {kind}")
        elif subtypes := self.types[kind].get("subtypes"):
            self._check_any(subtypes, value, where)
        elif not isinstance(value, dict):
            raise Misfit(f"{where} must be an object {kind}")
        else:
            self._check_fields(self._objects[kind], value, where)


_PLAIN: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Integer": int,
    "Float": (int, float),
    "Boolean": bool,
    "InputFile": (str, Upload),
}


def _fields(described: Mapping[str, Any]) -> dict[str, tuple[list[str], bool]]:
    return {
        each["name"]: (each["types"], each["required"]) for each in described.get("fields", [])
    }


def _decoded(value: object, types: list[str]) -> object:
    if not isinstance(value, str) or types == ["String"]:
        return value
    if types == ["Integer", "String"]:  # a chat: its number or its @name
        return int(value) if value.lstrip("-").isdecimal() else value
    try:
        return json.loads(value.lower() if types == ["Boolean"] else value)
    except ValueError:
        return value
