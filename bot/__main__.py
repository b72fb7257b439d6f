"""python -m bot COMMAND: bot/command_line.py says what each is given."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. What it needs takes seconds to load, and may be stopped meanwhile, too."""
    try:
        from bot.command_line import main as run
    except KeyboardInterrupt:
        from bot.commands.words import words

        print(words("stopped"), file=sys.stderr)
        return 130
    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
