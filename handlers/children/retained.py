"""暂缓销毁 and 按申请销毁 of the file of a child who left the register: by the county.

The forms are those of the same acts of a case (policy/lifecycle.toml), and so are the posts.
"""

from datetime import date, datetime, time
from typing import Final

from conversation.cards import Button
from handlers import filling
from handlers.children import register
from handlers.children.register import View
from handlers.people import colleagues
from handlers.saying import answer, button
from handlers.turn import Filled, Turn

#: What a form is about, and the acts.
CHILD: Final = "child"
HOLD, ERASE = "hold", "erase"


def buttons(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    """What the county may do with the file, once the child left and as long as there is one."""
    if seen.child.status != "left" or seen.child.is_erased or not _may(turn):
        return []
    child_id = str(seen.child.id)
    acts = turn.rules.policy.lifecycle.acts
    return [button(acts[act].label, f"child.{act}", child_id) for act in (HOLD, ERASE)]


def lines(turn: Turn, seen: View) -> list[str]:
    """That it is held back, is to go, or is gone."""
    erasures, child_id = turn.work.erasures, seen.child.id
    if seen.child.is_erased:
        gone = [stone for stone in erasures.of(CHILD, child_id) if stone.kind in (CHILD, "wrong")]
        when = turn.day(gone[-1].at) if gone else ""
        return [turn.words("child.file_erased", when=when)]
    said = []
    if (wish := erasures.wish(CHILD, child_id)) is not None:
        said.append(turn.words("case.erase_soon" if wish.agreed_by else "case.erase_asked"))
    if (hold := erasures.hold(CHILD, child_id)) is not None:
        said.append(turn.words("case.held", when=turn.day(hold.until)))
    return said


def begin_hold(turn: Turn, child_id: str) -> None:
    """暂缓销毁: until when, and why."""
    _begin(turn, child_id, HOLD)


def begin_erase(turn: Turn, child_id: str) -> None:
    """按申请销毁: who asks, and why."""
    _begin(turn, child_id, ERASE)


def answered(turn: Turn, filled: Filled) -> None:
    """The form is filled in."""
    seen = _seen(turn, (filled.draft.about or "").partition(":")[2])
    if seen is None:
        return
    act = filled.form.name.removeprefix(filling.OF_CASES)
    done = _hold(turn, seen, filled) if act == HOLD else _erase(turn, seen)
    if done:
        name = register.called(turn, seen)
        label = turn.rules.policy.lifecycle.acts[act].label
        done_line = turn.words("child.file_done", name=name, what=label)
        text = "\n".join([done_line, *lines(turn, seen)])
        answer(turn, text, button(turn.words("child.back"), "child", str(seen.child.id)))


def _begin(turn: Turn, child_id: str, act: str) -> None:
    if _seen(turn, child_id) is not None:
        about = f"{CHILD}:{child_id}"
        filling.begin(turn, f"{filling.OF_CASES}{act}", about=about, in_place=True)


def _hold(turn: Turn, seen: View, filled: Filled) -> bool:
    erasures, by, body = turn.work.erasures, turn.speaker.person_id, filled.answers
    if body["hold"] == "yes":
        last = date.fromisoformat(body["until"])
        until = datetime.combine(last, time.max, turn.rules.zone)
        erasures.set_hold(CHILD, seen.child.id, by=by, reason=body["reason"], until=until)
    else:
        erasures.end_hold(CHILD, seen.child.id, by=by)
    return True


def _erase(turn: Turn, seen: View) -> bool:
    erasures, by, child_id = turn.work.erasures, turn.speaker.person_id, seen.child.id
    if erasures.hold(CHILD, child_id) is not None:
        answer(turn, turn.words("case.erase_held"))
        return False
    wish = erasures.wish(CHILD, child_id)
    if wish is None:
        erasures.ask(CHILD, child_id, by=by)
    elif not erasures.agree(wish, CHILD, by=by):
        answer(turn, turn.words("case.erase_other"))
        return False
    return True


def _seen(turn: Turn, child_id: str) -> View | None:
    """The child, if its file is there and the speaker's to hold or to erase."""
    seen = register.view(turn, int(child_id or 0))
    if seen is None or not buttons(turn, seen):
        register.refuse(turn)
        return None
    return seen


def _may(turn: Turn) -> bool:
    who = turn.rules.policy.lifecycle.acts[ERASE].who
    roots = {root.id for root in turn.work.areas.roots()}
    return any(role in who and at in roots for role, at in colleagues.held(turn))
