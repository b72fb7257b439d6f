"""A form that was just begun about one case was taken up again for another."""

from handlers import filling
from handlers.turn import Turn
from tests.fakes.house import House


async def test_the_same_form_about_two_cases_is_two_drafts(house: House) -> None:
    await house.visitor("督导员")
    contact = await house.store.read(lambda reading: reading.people.speaker("paper", "督导员"))
    assert contact is not None
    begun: list[str | None] = []

    def begin(turn: Turn) -> None:
        for about in ("case:1", "case:1", "case:2"):
            filling.begin(turn, "regrade", about=about)
            assert turn.draft is not None
            begun.append(turn.draft.about)

    await house.intake.speak_to(contact.contact_id, begin)
    drafts = await house.store.read(lambda look: look.drafts.open_of(contact.contact_id))
    assert begun == ["case:1", "case:1", "case:2"]
    assert [one.about for one in drafts] == ["case:2", "case:1"]
