"""attachments verify: every stored file against the sum that was taken when it came."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from bot.clock import Clock
from bot.commands.command import mendable, say
from bot.settings import Settings
from policy.receipt import say_number
from storage.opening import looking
from storage.reporting.attachment import Attachment
from storage.sealing import KeyRing
from storage.work import Reading

#: Files that are asked for in one go.
PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A file that is not what was received; ``how``: changed, unreadable, rewritten, gone."""

    id: int
    how: str
    kept: Attachment | None = None
    #: Of its report; "" where it belongs to none.
    number: str = ""


def attachments(_: argparse.Namespace, settings: Settings) -> int:
    """Check them all, also beside a running bot; 1 when one is not what was received."""
    with mendable():
        keys, now = KeyRing.load(settings.key_file), Clock().now()
        with looking(settings.database_url, keys, now) as reading:
            count, wrong = 0, []
            for kept in _stored(reading):
                count += 1
                if how := reading.attachments.fault_of(kept):
                    wrong.append(
                        Wrong(id=kept.id, how=how, kept=kept, number=_number(reading, kept))
                    )
            wrong += [Wrong(id=one, how="gone") for one in reading.attachments.vanished()]
    if not wrong:
        say("attachments.fine", count=count)
        return 0
    say("attachments.wrong", count=count, wrong=len(wrong))
    for one in wrong:
        _tell(one, settings)
    say("attachments.mend")
    return 1


def _stored(reading: Reading) -> Iterator[Attachment]:
    after = 0
    while page := reading.attachments.stored_after(after, PAGE):
        yield from page
        after = page[-1].id


def _number(reading: Reading, kept: Attachment) -> str:
    report = reading.reports.get(kept.report_id) if kept.report_id else None
    return say_number(report.number) if report is not None else ""


def _tell(one: Wrong, settings: Settings) -> None:
    if one.kept is None:
        say("attachments.gone", id=one.id)
        return
    when = f"{one.kept.created_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
    key = "attachments.of_report" if one.number else "attachments.of_none"
    say(key, id=one.id, when=when, number=one.number)
    say(f"attachments.{one.how}")
