"""An administrator, who sees no child, was told how many have nobody."""

from handlers.children import keeping
from storage.work import Work
from tests.fakes.house import House
from tests.handlers.test_children_scope import begun, said
from tests.stories.test_children import settle_children


async def test_the_gaps_are_for_who_sees_children(house: House) -> None:
    await house.store.write(settle_children)

    def gaps_of(role: str, work: Work) -> str:
        begun(work, house.rules, role, "云岭县")
        speaker = work.people.meet("paper", f"watcher-{role}-云岭县")
        work.people.add_role(speaker.person_id, role, work.areas.roots()[0].id)
        turn = begun(work, house.rules, role, "云岭县")
        keeping.gaps(turn)
        return "".join(said(turn))

    administrator = await house.store.write(lambda work: gaps_of("administrator", work))
    officer = await house.store.write(lambda work: gaps_of("civil_affairs", work))
    assert "个孩子" not in administrator
    assert "有 2 个孩子" in officer
