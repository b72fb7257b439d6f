"""Who there is to be told something at a moment: posts, the duty roster, leave, and reach."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from policy.routing import Post
from storage.people import Reach
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
