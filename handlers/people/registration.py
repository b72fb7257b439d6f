"""How people come: by registering themselves, or by an invitation."""

from collections.abc import Sequence
from typing import assert_never

from conversation.cards import Action, Button, Card
from handlers import filling, home, watch
from handlers.children.own import tells_of_child
from handlers.form_cards import Notice
from handlers.people import colleagues, standing, terms
from handlers.people.invite_sheet import WALLS, poster, sheet
from handlers.reaching import open_ways
from handlers.reporting import first_words
from handlers.saying import answer, button, home_row, note
from handlers.turn import REMINDER, Filled, Turn
from policy.managing import managed_levels, seat
from policy.masking import defang
from policy.terms import Term, Wrong
from storage.audit import PROGRAM
from storage.people.invitations import GUESSES, Accepted, Invitation, Void
from storage.people.person import Holder
from storage.people.registrations import Registration

#: Why somebody is not taken; each is one tap.
REFUSALS = ("stranger", "post", "place")


# -- registering oneself -------------------------------------------------------------------------


def begin(turn: Turn, _: str = "") -> None:
    """我要登记: five questions."""
    filling.begin(turn, "register", in_place=True)


def registered(turn: Turn, filled: Filled) -> None:
    """The five answers are given: whoever manages that place hears of it."""
    if open_ways.is_open(turn.speaker.channel):
        home.elsewhere(turn)
        return
    answers = filled.answers
    post = turn.rules.policy.roles[answers["post"]]
    place = seat(post, int(answers["place"]), turn.work.areas) if answers.get("place") else None
    if place is None:
        _ask_place_again(turn, filled)
        return
    told = answers.get("told", "")
    of_child = tells_of_child(turn, told)
    row_id = turn.work.registrations.ask(
        turn.speaker.person_id,
        turn.speaker.contact_id,
        answers["post"],
        place,
        {
            "name": answers["speaker_name"],
            "phone": answers["speaker_phone"],
            "workplace": answers.get("workplace", ""),
            "told": "" if of_child else told,
        },
        climbs_at=turn.work.now + turn.rules.policy.timing["registration_climbs"],
    )
    row = turn.work.registrations.get(row_id)
    assert row is not None
    asked = _ask(turn, row, climbed=False)
    posts = colleagues.posts_named(turn, (holder.role for holder in asked))
    key = "register.sent" if posts else "register.kept"
    name = colleagues.post_name(turn, row.role, row.area_id)
    answer(turn, turn.words(key, what=name, told=posts))
    if of_child:
        first_words.begin_from_words(turn, told)


def _ask_place_again(turn: Turn, filled: Filled) -> None:
    """Only the place is asked once more; everything else was right."""
    said = {name: value for name, value in filled.answers.items() if name != "place"}
    notice = Notice(text=turn.words("register.closer"))
    filling.begin(turn, filled.form.name, preset=said, notice=notice)


def climb(turn: Turn, row: Registration) -> None:
    """Nobody of the township answered for a day: the county hears of it, once."""
    if turn.work.registrations.climb(row.id, None):
        _ask(turn, row, climbed=True)


def _ask(turn: Turn, row: Registration, *, climbed: bool) -> tuple[Holder, ...]:
    asked = tuple(
        holder
        for holder in colleagues.managers_of(turn, row.role, row.area_id, climbed=climbed)
        if holder.person_id != row.person_id
    )
    for holder in asked:
        turn.tell(
            holder.contact_id,
            holder.channel,
            _question(turn, row),
            key=f"registration:{row.id}:{'climbed' if climbed else 'asked'}:{holder.person_id}",
            priority=REMINDER,
        )
    return asked


def _question(turn: Turn, row: Registration, *, opened: bool = False) -> Card:
    """What is asked of whoever decides; words told by the way stand on it once it is opened."""
    yes = Button(
        label=turn.words("register.approve"), action=Action("register.approve", str(row.id))
    )
    refusals = tuple(
        button(turn.words(f"register.refuse.{why}"), "register.refuse", f"{row.id}:{why}")
        for why in REFUSALS
    )
    text = turn.words(
        "register.ask",
        name=row.said["name"],
        what=colleagues.post_name(turn, row.role, row.area_id),
        where=row.said["workplace"] or turn.words("register.no_workplace"),
        phone=row.said["phone"],
    )
    told = row.said.get("told", "")
    if told and opened:
        text += "\n" + defang(turn.words("register.told", text=told))
    more = [button(turn.words("register.more"), "register.show", str(row.id))]
    more = more if told and not opened else []
    return Card(text=text, rows=((yes,), *refusals, *more, home_row(turn)))


# -- deciding ----------------------------------------------------------------------------------


def approve(turn: Turn, row_id: str) -> None:
    """同意: the person holds the post from now on, under the name that was given."""
    row = _to_decide(turn, row_id)
    if row is None:
        return
    turn.work.registrations.approve(row.id, turn.speaker.person_id)
    standing.tell_of_new(turn, row.person_id, row.role, row.area_id)
    name = colleagues.post_name(turn, row.role, row.area_id)
    _tell_applicant(turn, row, turn.words("register.welcome", what=name))
    answer(turn, turn.words("register.approved", name=row.said["name"], what=name))


def refuse(turn: Turn, arg: str) -> None:
    """不同意, with the reason that stands on the button."""
    row_id, _, why = arg.partition(":")
    row = _to_decide(turn, row_id)
    if row is None:
        return
    reason = turn.words(f"register.refused.{why}")
    turn.work.registrations.refuse(row.id, turn.speaker.person_id, reason)
    _tell_applicant(turn, row, turn.words("register.sorry", reasons=reason))
    answer(turn, turn.words("register.refused_done", name=row.said["name"]))


def waiting(turn: Turn) -> tuple[Registration, ...]:
    """Who waits for the speaker's answer, the oldest first."""
    if not colleagues.is_manager(turn):
        return ()
    tops = {at for _, at in colleagues.held(turn)}
    return tuple(
        row
        for row in turn.work.registrations.waiting(tops)
        if colleagues.manages(turn, row.role, row.area_id)
        and row.person_id != turn.speaker.person_id
    )


def show(turn: Turn, row_id: str) -> None:
    """One waiting registration, to be decided."""
    row = _to_decide(turn, row_id)
    if row is not None:
        turn.say(_question(turn, row, opened=True), in_place=True)


def _to_decide(turn: Turn, row_id: str) -> Registration | None:
    """The registration, if it still waits and is the speaker's to decide."""
    row = turn.work.registrations.get(int(row_id))
    if row is None or not colleagues.manages(turn, row.role, row.area_id):
        answer(turn, turn.words("people.not_yours"))
        return None
    if row.person_id == turn.speaker.person_id:
        answer(turn, turn.words("register.not_oneself"))
        return None
    if row.state != "waiting":
        answer(turn, turn.words("register.decided"))
        return None
    return row


def _tell_applicant(turn: Turn, row: Registration, text: str) -> None:
    contact = turn.work.people.contact(row.contact_id)
    if contact is not None:
        turn.tell(
            contact.id,
            contact.channel,
            note(turn, text),
            key=f"registration:{row.id}:answer",
            priority=REMINDER,
        )


# -- invitations ---------------------------------------------------------------------------------


def begin_invite(turn: Turn, _: str = "") -> None:
    """发邀请: post, place, how many."""
    levels = managed_levels(colleagues.held(turn), turn.rules.policy.roles)
    if not levels:
        answer(turn, turn.words("people.not_yours"))
        return
    filling.begin(turn, "invite", preset={"levels": " ".join(levels)}, in_place=True)


def invite(turn: Turn, filled: Filled) -> None:
    """The links, each for one person."""
    role = filled.answers["invited_post"]
    chosen = filled.answers.get("place")
    place = seat(turn.rules.policy.roles[role], int(chosen), turn.work.areas) if chosen else None
    if place is None:
        _ask_place_again(turn, filled)
        return
    if not colleagues.manages(turn, role, place):
        answer(turn, turn.words("invite.elsewhere"), button(turn.words("mine.invite"), "invite"))
        return
    held = _term(turn, filled)
    if not isinstance(held, Term):
        _ask_days_again(turn, filled, held)
        return
    tokens = [_token(turn, role, place, held) for _ in range(int(filled.answers["copies"]))]
    links = "\n".join(link for token in tokens for link in _links(turn, token))
    name = colleagues.with_term(turn, colleagues.post_name(turn, role, place), held)
    answer(turn, turn.words("invite.made", what=name, text=links))
    if turn.rules.doors:
        _offer_sheet(turn, role, name, tokens)


def _term(turn: Turn, filled: Filled) -> Term | Wrong:
    return terms.read(turn, filled.answers.get("post_from"), filled.answers.get("post_until"))


def _ask_days_again(turn: Turn, filled: Filled, wrong: Wrong) -> None:
    """Only the days are asked once more; everything else was right."""
    days = ("post_from", "post_until")
    said = {name: value for name, value in filled.answers.items() if name not in days}
    filling.begin(
        turn, "invite", preset=said, notice=Notice(text=turn.words(f"term.wrong.{wrong}"))
    )


def _offer_sheet(turn: Turn, role: str, name: str, tokens: Sequence[str]) -> None:
    """The same invitations as a page of codes to print and cut."""
    until = turn.at + turn.rules.policy.timing["invite_life"]
    page = sheet(tokens, turn.rules.doors, turn.rules.words, role=role, post=name, until=until)
    file = f"{turn.words('invite.sheet_file')}.html"
    document = turn.document(file, "text/html", page.encode())
    turn.say(Card(text=turn.words("invite.sheet"), document=document), asks=False)


def begin_poster(turn: Turn, _: str = "") -> None:
    """打印海报: for a village, or for a school."""
    if not colleagues.is_manager(turn):
        answer(turn, turn.words("people.not_yours"))
    elif not turn.rules.doors:
        answer(turn, turn.words("poster.no_door"))
    else:
        rows = [button(turn.words(f"poster.{wall}"), "poster.make", wall) for wall in WALLS]
        answer(turn, turn.words("poster.which"), *rows)


def make_poster(turn: Turn, wall: str) -> None:
    """The page to print; nothing on it is for one person alone."""
    if not colleagues.is_manager(turn) or not turn.rules.doors or wall not in WALLS:
        answer(turn, turn.words("people.not_yours"))
        return
    _, area_id = next(one for one in colleagues.held(turn))
    page = poster(
        wall,
        turn.rules.doors,
        turn.rules.words,
        place=turn.work.areas.full_name(area_id),
        hotlines=turn.rules.policy.hotlines,
    )
    name = turn.words(f"poster.file.{wall}")
    document = turn.document(f"{name}.html", "text/html", page.encode())
    turn.say(Card(text=turn.words("poster.made"), rows=(home_row(turn),), document=document))


def _links(turn: Turn, token: str) -> tuple[str, ...]:
    """How an invitation is opened; without an address of ours, by typing it."""
    doors = turn.rules.doors or (turn.words("invite.by_hand"),)
    return tuple(door.replace("TOKEN", token) for door in doors)


def arrive(turn: Turn, token: str) -> None:
    """/start with an invitation: the post is the speaker's, unless it was used or is too old."""
    used = turn.work.invitations.use(token, turn.speaker.person_id)
    match used:
        case Accepted():
            _welcome(turn, used.invitation)
            invited = used.invitation
            text = turn.words("invite.used", what=_post_of(turn, invited))
            _tell_issuer(turn, invited, text, f"invited:{turn.work.now:%Y%m%d%H}")
            standing.tell_of_new(turn, turn.speaker.person_id, invited.role, invited.area_id)
        case Void():
            if used.again and used.invitation is not None:
                text = turn.words("invite.again", what=_post_of(turn, used.invitation))
                _tell_issuer(turn, used.invitation, text, f"invitation:{used.invitation.id}:again")
            answer(turn, turn.words("invite.over"))
        case _:
            assert_never(used)
    watch.guessed(turn, GUESSES)


def introduced(turn: Turn, filled: Filled) -> None:
    """Whoever came by an invitation said what they are called."""
    people, person_id = turn.work.people, turn.speaker.person_id
    people.set_name(person_id, filled.answers["speaker_name"])
    if phone := filled.answers.get("speaker_phone"):
        people.set_phone(person_id, phone)
    standing.tell_of_named(turn)
    answer(turn, turn.words("invite.known", name=filled.answers["speaker_name"]))


def _welcome(turn: Turn, invitation: Invitation) -> None:
    """The post is theirs; whoever has no name yet is asked for it."""
    person_id = turn.speaker.person_id
    post = _post_of(turn, invitation)
    begins = invitation.post.since
    key = "invite.welcome_later" if begins and begins > turn.work.now else "invite.welcome"
    text = turn.words(key, what=colleagues.with_term(turn, post, invitation.post))
    if turn.work.people.name_of(person_id):
        answer(turn, text)
    else:
        filling.begin(turn, "introduce", notice=Notice(text=text))


def _post_of(turn: Turn, invitation: Invitation) -> str:
    return colleagues.post_name(turn, invitation.role, invitation.area_id)


def _tell_issuer(turn: Turn, invitation: Invitation, text: str, cause: str) -> None:
    """Whoever gave an invitation hears that it was used, or, once, that somebody else tried it.

    That it was used is told once an hour: a link that went astray is noticed, and who invites a
    whole county is not told of each. For one of the command line it is whoever manages the post.
    """
    managers = colleagues.managers_of(turn, invitation.role, invitation.area_id)
    by_office = invitation.issued_by == PROGRAM
    told = [one.person_id for one in managers] if by_office else [invitation.issued_by]
    for person in told:
        if person != turn.speaker.person_id:
            colleagues.tell_person(turn, person, text, key=f"{cause}:{person}")


def _token(turn: Turn, role: str, place: int, held: Term) -> str:
    life = turn.rules.policy.timing["invite_life"]
    return turn.work.invitations.issue(role, place, turn.speaker.person_id, life, held)[1]
