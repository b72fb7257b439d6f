"""岗位起止: from which day, and to which, somebody holds a post."""

from datetime import date

from handlers import filling
from handlers.form_cards import Notice
from handlers.people import colleagues
from handlers.saying import SHOWN, answer, button
from handlers.turn import Filled, Turn
from policy.terms import Term, Wrong, term
from storage.people.person import Role as Post

#: How what a form is about begins.
ABOUT = "post:"


def read(turn: Turn, first: str | None, last: str | None) -> Term | Wrong:
    """The term of two days as forms keep them; empty is open."""
    days = [date.fromisoformat(day) if day else None for day in (first, last)]
    return term(*days, today=turn.at.date(), zone=turn.rules.zone)


def begin(turn: Turn, _: str = "") -> None:
    """岗位起止: whose."""
    if colleagues.is_manager(turn):
        filling.begin(turn, "whose_post", in_place=True)
    else:
        answer(turn, turn.words("people.not_yours"))


def named(turn: Turn, filled: Filled) -> None:
    """The name is given: the posts of whoever is called so, a button each."""
    staff = colleagues.staff(turn, ahead=True)
    wanted = filled.answers["holder_name"]
    found = [post for one in colleagues.named(turn, staff, wanted) for post in staff[one]]
    rows = [
        button(colleagues.with_posts(turn, post.person_id, [post]), "post", str(post.id))
        for post in found[:SHOWN]
    ]
    text = turn.words("term.which" if rows else "term.nobody", name=wanted)
    answer(turn, text, *rows, button(turn.words("term.again"), "posts"))


def one(turn: Turn, role_id: str) -> None:
    """One post: from when to when."""
    post = _managed(turn, role_id)
    if post is not None:
        _ask(turn, post, in_place=True)


def told(turn: Turn, filled: Filled) -> None:
    """The days are given: they stand, and whoever holds the post hears of it."""
    post = _managed(turn, (filled.draft.about or "").removeprefix(ABOUT))
    if post is None:
        return
    wanted = read(turn, filled.answers.get("post_from"), filled.answers.get("post_until"))
    if not isinstance(wanted, Term):
        _ask(turn, post, notice=Notice(text=turn.words(f"term.wrong.{wanted}")))
        return
    after = _set(turn, post, wanted)
    line = colleagues.post_line(turn, after)
    answer(turn, turn.words("term.done", name=colleagues.called(turn, post.person_id), what=line))
    if post.person_id != turn.speaker.person_id:
        key = f"term:{post.id}:{turn.work.new_id()}"
        colleagues.tell_person(turn, post.person_id, turn.words("term.yours", what=line), key=key)


def _ask(turn: Turn, post: Post, *, in_place: bool = False, notice: Notice | None = None) -> None:
    name = colleagues.called(turn, post.person_id)
    what = colleagues.post_name(turn, post.role, post.area_id)
    known = {
        "post_label": turn.words("people.with_posts", name=name, what=what),
        "has_begun": "yes" if post.since <= turn.work.now else "no",
    }
    about = f"{ABOUT}{post.id}"
    filling.begin(turn, "post_dates", preset=known, about=about, in_place=in_place, notice=notice)


def _set(turn: Turn, post: Post, wanted: Term) -> Post:
    """Keep the days: of what has begun only the end is another."""
    now = turn.work.now
    since = post.since if post.since <= now else wanted.since or now
    turn.work.people.set_term(post.id, since, wanted.until, by=turn.speaker.person_id)
    after = turn.work.people.role(post.id)
    assert after is not None
    return after


def _managed(turn: Turn, role_id: str) -> Post | None:
    """The post, if it is the speaker's to decide about; else they are told so."""
    post = turn.work.people.role(int(role_id)) if role_id.isdecimal() else None
    if post is None or not colleagues.manages(turn, post.role, post.area_id):
        answer(turn, turn.words("people.not_yours"))
        return None
    return post
