"""Where a TOML file that cannot be read is broken."""

import re
import tomllib


def broken_line(error: tomllib.TOMLDecodeError) -> str:
    """The number of the line; "" where the file ends too early."""
    found = re.search(r"line (\d+)", str(error))
    return found[1] if found else ""
