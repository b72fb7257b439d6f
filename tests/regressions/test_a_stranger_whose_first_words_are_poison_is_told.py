"""Whoever met a fault with their very first words heard nothing at all."""

from collections.abc import Callable

from tests.fakes.house import House


async def test_a_stranger_whose_first_words_are_poison_is_told(
    house: House, a_word_raises: Callable[[str, BaseException], None]
) -> None:
    a_word_raises("这句会抛错", ValueError())
    stranger = await house.visitor("生人")
    await stranger.says("这句会抛错")
    await house.settled()
    assert "没有丢" in house.paper.to("生人")[0].card.text
