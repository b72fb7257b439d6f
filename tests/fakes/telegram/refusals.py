"""How Telegram says no."""

from typing import Any


class Refusal(Exception):
    """An answer with ``"ok": false``."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @classmethod
    def flood(cls, seconds: int) -> "Refusal":
        return cls(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    def as_json(self) -> dict[str, Any]:
        said = {"ok": False, "error_code": self.code, "description": self.description}
        return said | ({"parameters": self.parameters} if self.parameters else {})
