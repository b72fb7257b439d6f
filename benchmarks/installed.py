"""The bot as it is installed, without what only those have who change it.

Where httpx finds rich, click and pygments it brings its command line along: five megabytes and
forty milliseconds of a process that has no use for it, and that no county has.
"""

import sys

#: From requirements-dev.lock, and not from requirements.lock.
sys.modules |= dict.fromkeys(("click", "pygments", "rich"))  # type: ignore[arg-type]

if __name__ == "__main__":
    from bot.__main__ import main

    sys.exit(main())
