"""等级再看一遍: in the county's months each child's tier is looked at again, a few each day.

It stands in the morning's card; one tap keeps the tier, another changes it. What is left when the
month is over is told to the township, once.
"""

from collections import Counter
from datetime import date, timedelta

from conversation.cards import Action, Button, Card
from handlers.children import register
from handlers.children.register import View
from handlers.reaching import telling
from handlers.saying import SHOWN, answer, button
from handlers.turn import Turn
from handlers.visiting import digest, tier_rounds
from policy.masking import defang
from storage.children.child import Conflict

#: So long after the end of a round the township is told what is left.
TOLD_WITHIN = timedelta(days=14)


def show(turn: Turn, arg: str = "") -> None:
    """Whose tier is to be looked at, by household."""
    found, start = tier_rounds.waiting(turn, turn.speaker.person_id), int(arg or 0)
    if not found:
        answer(turn, turn.words("tiers.nothing"))
        return
    rows = [
        button(label, "tier", str(one))
        for one in found[start : start + SHOWN]
        if (label := _label(turn, one))
    ]
    if len(found) > start + SHOWN:
        rows.append(button(turn.words("form.more"), "tiers", str(start + SHOWN)))
    answer(turn, turn.words("tiers.title", count=len(found)), *rows)


def _label(turn: Turn, child_id: int) -> str:
    seen = _seen(turn, child_id)
    if seen is None:
        return ""
    return turn.words("tiers.label", name=register.called(turn, seen), grade=_name(turn, seen))


def _seen(turn: Turn, child_id: int) -> View | None:
    """The child, for whoever answers for it or keeps the register of its place."""
    seen = register.view(turn, child_id)
    if seen is None or seen.child.status != "active" or "tier" not in seen.fields:
        return None
    posts, tree = turn.rules.policy.reminders.instead, turn.work.areas
    keeps = any(
        post.role in posts and tree.is_within(seen.child.area_id, post.area_id)
        for post in turn.roles
    )
    return seen if seen.own or keeps else None


def _name(turn: Turn, seen: View) -> str:
    tier = seen.child.tier
    if not tier:
        return turn.words("tiers.none")
    rhythm = turn.rules.policy.rhythm
    return rhythm.tiers[rhythm.tier_of(tier)].name


def look(turn: Turn, child_id: str) -> None:
    """One child: its tier now, when it was visited last, and the tap that keeps or changes it."""
    seen = _seen(turn, int(child_id or 0))
    if seen is None:
        register.refuse(turn)
        return
    stands, visits = _name(turn, seen), turn.work.visits.of_child(seen.child.id)
    done = [one for one in visits if one.result == "done"]
    key = "tiers.look" if done else "tiers.look_unvisited"
    when = turn.day(done[-1].on_day) if done else ""
    text = turn.words(key, name=register.called(turn, seen), grade=stands, when=when)
    same = [Button(label=turn.words("tiers.same", grade=stands), action=_do("same", seen))]
    others = [
        Button(label=turn.words("tiers.set", grade=tier.name), action=_do(one, seen))
        for one, tier in turn.rules.policy.rhythm.tiers.items()
        if tier.name != stands
    ]
    keep = same if seen.child.tier else []
    rows = telling.pairs([*keep, *others])
    file = button(turn.words("tiers.file"), "child", str(seen.child.id))
    answer(turn, defang(text), *rows, file, button(turn.words("tiers.back"), "tiers"))


def _do(what: str, seen: View) -> Action:
    return Action("tier.said", f"{seen.child.id}:{what}:{seen.child.version}")


def said(turn: Turn, arg: str) -> None:
    """The tier stays, or is another one; what somebody else changed meanwhile is shown anew."""
    child_id, what, version = (*arg.split(":"), "", "")[:3]
    seen = _seen(turn, int(child_id or 0))
    if seen is None:
        register.refuse(turn)
        return
    if str(seen.child.version) != version:
        look(turn, child_id)
        return
    by, tiers = turn.speaker.person_id, turn.rules.policy.rhythm.tiers
    if what in tiers:
        stands = {"tier": seen.child.tier}
        wanted = {"tier": tiers[what].name}
        done = turn.work.children.change(
            seen.child.id, wanted, source="correction", by=by, expect=stands
        )
        if isinstance(done, Conflict):
            look(turn, child_id)
            return
    month = turn.rules.policy.rhythm.reassess.running(turn.at.date())
    if month is not None:
        turn.work.tier_looks.note(seen.child.id, month, by=by)
    turn.work.audit.write(by, "tier.looked", "child", seen.child.id, {"changed": what in tiers})
    digest.refresh(turn, [by])
    left = tier_rounds.waiting(turn, turn.speaker.person_id)
    grade = tiers[what].name if what in tiers else _name(turn, seen)
    head = turn.words("tiers.done", name=register.called(turn, seen), grade=grade)
    if not left:
        answer(turn, f"{head}\n{turn.words('tiers.all_done')}")
        return
    following = button(turn.words("tiers.next", count=len(left)), "tier", str(left[0]))
    answer(turn, head, following, button(turn.words("tiers.back"), "tiers"))


# -- when the month is over -----------------------------------------------------------------------


def climb(turn: Turn) -> None:
    """Each township hears once how many tiers nobody looked at; twice is once."""
    reassess = turn.rules.policy.rhythm.reassess
    today = turn.at.date()
    month = reassess.last(today)
    if month is None or reassess.running(today) or today - _end(month) > TOLD_WITHIN:
        return
    told = tier_rounds.as_of(turn.rules, month, reassess.days)
    tree, towns = turn.work.areas, Counter[int]()
    for _, area, count in turn.work.tier_looks.whose(told):
        towns[tree.town_of(area)] += count
    posts = turn.rules.policy.reminders.instead[1:2]
    for town, count in towns.items():
        for holder in telling.reachable(turn, [(post, town) for post in posts]):
            _tell(turn, holder.person_id, town, count, month)


def _end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _tell(turn: Turn, person: int, town: int, count: int, month: date) -> None:
    area = turn.work.areas.full_name(town)
    text = turn.words("tiers.climbed", area=area, what=month.month, count=count)
    look = button(turn.words("tiers.climbed_look"), "stats.list", f"{town}:unreassessed:0")
    card = Card(text=text, rows=(look,))
    telling.tell_person(turn, person, card, key=f"tiers:{month:%Y%m}:{town}:{person}")
