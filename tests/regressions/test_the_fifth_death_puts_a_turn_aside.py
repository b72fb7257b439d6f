"""An arrival that killed the process came again after every restart, for ever."""

from pathlib import Path

import pytest

from storage.turns.inhand import DEADLY, Deadly, InHand

MARK, OTHER = b"the arrival's 16", b"another arrival "


def test_the_fifth_death_puts_a_turn_aside(tmp_path: Path) -> None:
    for _ in range(DEADLY):
        life = InHand(tmp_path / "bot.db")
        life.hand().take(MARK)
        life.close()  # as a death does: nothing was put down
    life = InHand(tmp_path / "bot.db")
    hand = life.hand()
    with pytest.raises(Deadly):
        hand.take(MARK)
    hand.take(OTHER)
    life.close()


def test_what_was_put_down_is_blamed_on_nothing(tmp_path: Path) -> None:
    for _ in range(DEADLY + 1):
        life = InHand(tmp_path / "bot.db")
        hand = life.hand()
        hand.take(MARK)
        hand.put_down()
        life.close()


def test_processes_of_one_folder_do_not_share_a_hand(tmp_path: Path) -> None:
    first, second = InHand(tmp_path / "bot.keys"), InHand(tmp_path / "bot.keys")
    first.hand().take(MARK)
    second.close()
    again = InHand(tmp_path / "bot.keys")
    assert not again.suspicious
    again.close()
    first.close()


def test_a_folder_that_cannot_be_written_costs_only_the_memory_of_deaths(tmp_path: Path) -> None:
    life = InHand(tmp_path / "nowhere" / "bot.db")
    life.hand().take(MARK)
    life.close()
