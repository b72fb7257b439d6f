"""The demo's people: whoever works at a desk can be tried, also in a demo begun before."""

from pathlib import Path

from bot.channels.webchat import address_of
from bot.clock import Clock
from bot.demo.people import settle
from bot.settings import read_settings
from storage.work import Reading, Work
from tests.fakes.databases import open_memory

AT_A_DESK = {"child_supervisor", "civil_affairs", "education", "police", "police_station"}


def test_every_office_has_somebody_and_nobody_comes_twice(tmp_path: Path) -> None:
    settings = read_settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'x.db'}", key_file=tmp_path / "k" / "x.keys"
    )
    store = open_memory(settings, Clock())
    people = settle(store)

    def posts(reading: Reading) -> list[str]:
        found = []
        for one in people:
            speaker = reading.people.speaker("web", address_of(one.session))
            assert speaker is not None
            found += [post.role for post in reading.people.roles(speaker.person_id)]
        return found

    before = store.read(posts).result()
    assert set(before) >= AT_A_DESK

    def leaves(work: Work) -> None:
        (education,) = work.people.holders(["education"], [work.areas.roots()[0].id])
        (post,) = work.people.roles(education.person_id)
        work.people.end_role(post.id)

    store.write(leaves).result()
    settle(store)  # whoever left in the demo does not come back by a restart
    after = store.read(posts).result()
    store.close()
    assert sorted(after) == sorted(one for one in before if one != "education")
