"""Structured logs: one JSON object a line, with ids and kinds; never words of people."""

import json
import logging
import re
import sys

#: What a record may carry besides its own sentence.
_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message"}
_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")
_WORD = re.compile(r"[^\x20-\x7e]")
#: Whose sentences are ours: what they carry is chosen.
_OURS = ("bot", "handlers", "storage")


class Lines(logging.Formatter):
    """Formats a record as JSON. Tokens are struck out, and so is what is not plain ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "from": record.name,
            "what": _clean(_sentence(record)),
        }
        for key, value in record.__dict__.items():
            if key not in _PLAIN:
                line[key] = value if isinstance(value, int | float) else _clean(str(value))
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line)


def set_up(*, quiet: bool = False) -> None:
    """Log to standard error; libraries only when something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    ours = logging.WARNING if quiet else logging.INFO
    for name in ("bot", "storage"):
        logging.getLogger(name).setLevel(ours)


def _sentence(record: logging.LogRecord) -> str:
    """Of a library only the sentence itself: what it fills in may be an address, or words."""
    if record.name.partition(".")[0] in _OURS:
        return record.getMessage()
    return str(record.msg).partition("\n")[0]


def _clean(text: str) -> str:
    return _WORD.sub("?", _TOKEN.sub("TOKEN", text))[:500]
