"""Who there is to be told something at a moment: posts, the duty roster, leave, and reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from policy.routing import Post
from storage.people.person import Reach
from storage.work import Reading


@dataclass(slots=True)
class Present:
    """The people of the store as ``policy.routing`` asks for them, each looked up once."""

    reading: Reading
    at: datetime
    _reach: dict[int, Reach | None] = field(default_factory=dict)

    def on_duty(self, post: Post) -> Sequence[int]:
        """The people whom the duty roster names for a post."""
        role, area_id = post
        return self.reading.shifts.on_duty(role, area_id, self.at)

    def holding(self, post: Post) -> Sequence[int]:
        """The people who hold a post, reachable or not."""
        role, area_id = post
        held = self.reading.people.in_posts((role,), (area_id,))
        return tuple(dict.fromkeys(one.person_id for one in held))

    def deputy_of(self, person: int) -> int | None:
        """Who does a person's work while they are away."""
        return self.reading.deputies.deputy_of(person, self.at)

    def is_reached(self, person: int) -> bool:
        """True when some channel brings messages to them."""
        return self.reach(person) is not None

    def reach(self, person: int) -> Reach | None:
        """The first of a person's contacts that is reached."""
        if person not in self._reach:
            self._reach[person] = self.reading.people.reach(person)
        return self._reach[person]


class Unreached(Present):
    """The same where no message reaches any of them: whatever contact each has is tried."""

    def reach(self, person: int) -> Reach | None:
        """The contact on which they were heard last, though nothing may reach them there."""
        return self.reading.people.last_way(person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Everybody:
    """The same for a whole county, asked from the store by a few sets."""

    posts: Mapping[Post, Sequence[int]]
    duty: Mapping[Post, Sequence[int]]
    deputies: Mapping[int, int]
    reached: frozenset[int]

    def on_duty(self, post: Post) -> Sequence[int]:
        """The people whom the duty roster names for a post."""
        return self.duty.get(post, ())

    def holding(self, post: Post) -> Sequence[int]:
        """The people who hold a post, reachable or not."""
        return self.posts.get(post, ())

    def deputy_of(self, person: int) -> int | None:
        """Who does a person's work while they are away."""
        return self.deputies.get(person)

    def is_reached(self, person: int) -> bool:
        """True when some channel brings messages to them."""
        return person in self.reached


@dataclass(slots=True)
class Hours:
    """Everybody at any hour, each hour asked once."""

    reading: Reading
    _at: dict[datetime, Everybody] = field(default_factory=dict)

    def at(self, moment: datetime) -> Everybody:
        """Who holds, does or stands in for what then; who is reached is as of now."""
        if moment not in self._at:
            known = next(iter(self._at.values()), None)
            duty = self.reading.shifts.all_at(moment)
            deputies = self.reading.deputies.all_at(moment)
            reached = known.reached if known else self.reading.people.reached()
            self._at[moment] = Everybody(
                posts=known.posts if known else self.reading.people.posts(),
                duty=duty,
                deputies=deputies,
                reached=reached | self._others(duty, deputies, reached),
            )
        return self._at[moment]

    def _others(
        self,
        duty: Mapping[Post, Sequence[int]],
        deputies: Mapping[int, int],
        reached: frozenset[int],
    ) -> set[int]:
        """Whoever stands in without holding a post of their own."""
        named = {*deputies.values(), *(one for crew in duty.values() for one in crew)}
        people = self.reading.people
        return {one for one in named - reached if people.reach(one) is not None}
