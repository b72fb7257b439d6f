"""发通知: one text to posts in a place; how many first, a few at a time, who has not answered."""

from conversation.cards import Action, Button, Card
from conversation.letters import tidy
from handlers import filling
from handlers.people import colleagues
from handlers.reaching import quiet, telling
from handlers.reaching.telling import rows
from handlers.saying import SHOWN, answer, button, home_row
from handlers.turn import BROADCAST, Filled, Turn
from policy.masking import defang
from policy.routing import Hour
from storage.reaching.broadcasts import Broadcast

#: Cards that one beat puts into the outbox; a red alarm never waits behind more.
AT_ONCE = 50
#: Earlier broadcasts on one card.
EARLIER = 5


def may(turn: Turn) -> bool:
    """True for whoever manages people somewhere."""
    return colleagues.is_manager(turn)


def begin(turn: Turn, _: str = "") -> None:
    """Write one, or see how the earlier ones are."""
    if not may(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    earlier = turn.work.broadcasts.of_person(turn.speaker.person_id, EARLIER)
    if not earlier:
        filling.begin(turn, "broadcast", in_place=True)
        return
    lines = [button(_line(turn, one), "broadcast.show", str(one.id)) for one in earlier]
    answer(
        turn,
        turn.words("broadcast.earlier"),
        button(turn.words("broadcast.new"), "broadcast.new"),
        *lines,
    )


def write(turn: Turn, _: str = "") -> None:
    """The form."""
    if may(turn):
        filling.begin(turn, "broadcast", in_place=True)
    else:
        answer(turn, turn.words("people.not_yours"))


def written(turn: Turn, filled: Filled) -> None:
    """How many people it goes to; nothing is sent before the sender has seen that."""
    place, wanted = int(filled.answers["place"]), filled.answers["to"].split()
    meant = [role for role in wanted if colleagues.manages(turn, role, place)]
    readers = (
        turn.work.broadcasts.meant(meant, place, sender=turn.speaker.person_id) if meant else ()
    )
    if not readers:
        again = button(turn.words("broadcast.again"), "broadcast.new")
        answer(turn, turn.words("broadcast.nobody"), again)
        return
    text = tidy(filled.answers["words"])
    made = turn.work.broadcasts.add(turn.speaker.person_id, filled.answers["topic"], text, readers)
    asked = turn.words(
        "broadcast.sure",
        count=len(readers),
        area=turn.work.areas.full_name(place),
        told=colleagues.posts_named(turn, meant),
        text=defang(text),
    )
    answer(
        turn,
        "\n\n".join([asked, *_later(turn, filled.answers["topic"])]),
        button(turn.words("broadcast.go"), "broadcast.go", str(made)),
        button(turn.words("broadcast.not"), "broadcast.stop", str(made)),
    )


def go(turn: Turn, broadcast_id: str) -> None:
    """发出去."""
    mine = _mine(turn, broadcast_id)
    if mine is None:
        return
    if turn.work.broadcasts.to_state(mine.id, "sending", was=("waiting",)):
        count = turn.work.broadcasts.count(mine.id).all
        detail = {"people": count, "topic": mine.topic}
        turn.work.audit.write(
            turn.speaker.person_id, "broadcast.sent", "broadcast", mine.id, detail
        )
    _show(turn, mine.id)


def stop(turn: Turn, broadcast_id: str) -> None:
    """不发了: what was not put yet is never sent."""
    mine = _mine(turn, broadcast_id)
    if mine is None:
        return
    if turn.work.broadcasts.to_state(mine.id, "stopped", was=("waiting", "sending")):
        turn.work.audit.write(
            turn.speaker.person_id, "broadcast.stopped", "broadcast", mine.id, {}
        )
    _show(turn, mine.id)


def show(turn: Turn, broadcast_id: str) -> None:
    """How far it is."""
    mine = _mine(turn, broadcast_id)
    if mine is not None:
        _show(turn, mine.id)


def silent(turn: Turn, arg: str) -> None:
    """谁还没回: a page of names with their posts."""
    broadcast_id, _, start = arg.partition(":")
    mine = _mine(turn, broadcast_id)
    if mine is None:
        return
    first = int(start or 0)
    people = turn.work.broadcasts.silent(mine.id, first, SHOWN + 1)
    lines = [
        colleagues.with_posts(turn, one, turn.work.people.roles(one)) for one in people[:SHOWN]
    ]
    more = [button(turn.words("broadcast.more"), "broadcast.silent", f"{mine.id}:{first + SHOWN}")]
    answer(
        turn,
        "\n".join([turn.words("broadcast.silent_title"), *lines]),
        *(more if len(people) > SHOWN else []),
        button(turn.words("broadcast.back"), "broadcast.show", str(mine.id)),
    )


def got(turn: Turn, broadcast_id: str) -> None:
    """收到."""
    if turn.work.broadcasts.read(int(broadcast_id), turn.speaker.person_id):
        turn.toast = turn.words("broadcast.thanks")
    turn.say(Card(text=turn.words("broadcast.thanks"), rows=(home_row(turn),)))


def spread(turn: Turn, broadcast_id: int) -> int:
    """Put the next cards; how many. Whoever was put is never put again, also after a kill."""
    sent = turn.work.broadcasts.get(broadcast_id)
    if sent is None or sent.state != "sending":
        return 0
    people = turn.work.broadcasts.next(broadcast_id, AT_ONCE)
    for person in people:
        if turn.work.broadcasts.put(broadcast_id, person):
            telling.tell_person(
                turn,
                person,
                _card(turn, sent),
                key=f"broadcast:{broadcast_id}:{person}",
                priority=BROADCAST,
                when=_hour(turn, sent.topic),
            )
    if len(people) < AT_ONCE:
        turn.work.broadcasts.to_state(broadcast_id, "done", was=("sending",))
    return len(people)


def _hour(turn: Turn, topic: str) -> Hour:
    """Now, or when the night is over: only what cannot wait wakes a whole township."""
    now = Hour(at=turn.at, in_office=True)
    is_urgent = topic in turn.rules.policy.reminders.notices_at_night
    return now if is_urgent else quiet.at_day(turn, now)


def _later(turn: Turn, topic: str) -> list[str]:
    when = _hour(turn, topic)
    return [turn.words("broadcast.by_day", when=turn.moment(when.at))] if when.waits else []


def _card(turn: Turn, sent: Broadcast) -> Card:
    text = turn.words(
        "broadcast.card",
        what=turn.words(f"broadcast.topic.{sent.topic}"),
        text=defang(sent.text),
        name=colleagues.called(turn, sent.person_id),
    )
    yes = Button(label=turn.words("broadcast.got"), action=Action("broadcast.got", str(sent.id)))
    return Card(text=text, rows=rows(yes))


def _show(turn: Turn, broadcast_id: int) -> None:
    sent = turn.work.broadcasts.get(broadcast_id)
    assert sent is not None
    count = turn.work.broadcasts.count(broadcast_id)
    text = turn.words(f"broadcast.{sent.state}", count=count.all, first=count.put, last=count.read)
    if sent.state == "sending":
        text = "\n".join([text, *_later(turn, sent.topic)])
    offers = []
    if count.put > count.read:
        offers.append(button(turn.words("broadcast.who"), "broadcast.silent", str(broadcast_id)))
    if sent.state == "sending":
        offers.append(button(turn.words("broadcast.halt"), "broadcast.stop", str(broadcast_id)))
    offers.append(button(turn.words("broadcast.look"), "broadcast.show", str(broadcast_id)))
    answer(turn, text, *offers)


def _line(turn: Turn, sent: Broadcast) -> str:
    when = sent.created_at.astimezone(turn.rules.zone)
    return turn.words(
        "broadcast.line",
        when=turn.day(when),
        what=turn.words(f"broadcast.topic.{sent.topic}"),
        count=turn.work.broadcasts.count(sent.id).all,
    )


def _mine(turn: Turn, broadcast_id: str) -> Broadcast | None:
    """The speaker's own; absent and foreign sound the same."""
    sent = turn.work.broadcasts.get(int(broadcast_id))
    if sent is None or sent.person_id != turn.speaker.person_id:
        answer(turn, turn.words("people.not_yours"))
        return None
    return sent
