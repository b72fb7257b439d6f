"""What `slips` does: paper forms for people without a telephone."""

import argparse

from bot.commands.command import memory, mendable, say
from bot.commands.files import whole
from bot.county.publisher import form_folders, publish_new, sources
from bot.county.rules import adopt, read_rules
from bot.settings import Settings
from conversation.form import Form
from handlers.reporting import bound, slip_sheet


def slips(asked: argparse.Namespace, settings: Settings) -> None:
    """Paper forms for people without a telephone, each with the code that binds it to a report."""
    with mendable():
        rules = read_rules(settings)
    with memory(settings) as store, mendable():
        adopt(store, rules, settings)
        publish_new(store, sources(*form_folders(settings.county)))
        current, codes = store.read(
            lambda reading: (
                reading.forms.current("report"),
                bound.fresh_codes(reading, asked.count),
            )
        ).result()
    assert current is not None
    form = Form.from_json(current.compiled)
    page = slip_sheet.slips(form, codes, rules.words, place=asked.place)
    with whole(asked.to) as half:
        half.write_text(page, "utf-8")
    say("slips.made", file=asked.to, count=asked.count)
