"""Lists that leave the desk as files: which, with what reason, under what title."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from bot.exporting.exports import WITHOUT_REASON
from bot.site.console.asked import cases_asked, children_asked, staff_asked
from bot.site.console.front import IN_PLACE, TEXT_CHARS, TYPES, Front, as_file, file_answer
from bot.site.console.pages import WORDS
from bot.site.console.school import school_rows, visit_rows
from bot.site.console.sessions import mark
from handlers.office import cases, children, claims, hands, looks, staff
from handlers.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A list that somebody wants to take out of the house."""

    #: Whose part of the desk it is of; "" for none that there is.
    what: str
    rows: Callable[[Turn], list[dict[str, str]]]


class ExportPages(Front):
    """One route for every list."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.post("/console/export", self.export),
        ]

    async def export(self, request: web.Request) -> web.Response:
        """A list as a file; of more than fifty rows not without a reason, and never unnoted."""
        form, secret = await self._form(request)
        wanted = self._wanted(form)
        kind = form.get("format", "xlsx")
        if wanted.what == "children" and (taken := await self._long(request, form, secret, kind)):
            return taken
        found = await self._desk.look(mark(secret), wanted.what, wanted.rows)
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None or kind not in TYPES:
            return self._message(found.seat, secret, "absent", 404)
        rows, reason = found.value, form.get("reason", "").strip()[:TEXT_CHARS]
        if len(rows) > WITHOUT_REASON and not reason:
            return self._render(
                "reason.html", found.seat, secret, form=form, count=len(rows), most=WITHOUT_REASON
            )
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        await self._desk.note_export(found.seat, wanted.what, len(rows), reason)
        title = self._title(form)
        return await as_file(self._listing(wanted.what, rows, found.seat, title), kind)

    async def _long(
        self, request: web.Request, form: Mapping[str, str], secret: str, kind: str
    ) -> web.Response | None:
        """A long list of children, read and written beside the program; None for a short one."""
        asked = replace(children_asked(self._references, form), text="")
        counted = await self._desk.look(
            mark(secret), "children", lambda turn: children.exported_count(turn, asked)
        )
        long = counted is not None and (counted.value or 0) > IN_PLACE
        if counted is None or not long or self._takeout is None or kind not in TYPES:
            return None
        if not (reason := form.get("reason", "").strip()[:TEXT_CHARS]):
            return self._render(
                "reason.html",
                counted.seat,
                secret,
                form=form,
                count=counted.value,
                most=WITHOUT_REASON,
            )
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        title = self._title(form)
        taken = await self._takeout.children(
            mark(secret), asked, title=title, who=counted.seat.name, now=self._now(), kind=kind
        )
        if not taken.body:  # their post ended meanwhile
            raise web.HTTPSeeOther("/console")
        await self._desk.note_export(counted.seat, "children", taken.rows, reason)
        return file_answer(taken.body, title, kind)

    def _title(self, form: Mapping[str, str]) -> str:
        """What a file is of: of a list that was narrowed nobody is to think that it is all."""
        name = WORDS(f"export.{form.get('what', '')}")
        narrowed = "、".join(self._narrowed(form))
        return WORDS("export.narrowed", what=name, text=narrowed) if narrowed else name

    def _narrowed(self, form: Mapping[str, str]) -> Iterator[str]:
        """By what a list was narrowed, in words; a name that was looked for is none of it."""
        policy = self._rules.policy
        match form.get("what"):
            case "cases":
                of_cases = cases_asked(form)
                if of_cases.state == "closed":
                    yield WORDS("case.closed")
                if of_cases.grade:
                    yield self._rules.words(f"grade.{of_cases.grade}")
                if of_cases.only:
                    yield WORDS(f"case.{of_cases.only}")
            case "children":
                of_children = children_asked(self._references, form)
                if of_children.status == "left":
                    yield WORDS("child.left")
                if tier := policy.rhythm.tiers.get(of_children.tier):
                    yield tier.name
                if of_children.late:
                    yield WORDS("child.late_visits")
            case "visits":
                yield form.get("day") or WORDS("visits.overdue")
            case "school" if figure := policy.figures.figures.get(form.get("ledger", "")):
                yield figure.name
            case "staff" if form.get("only") == "unreached":
                yield WORDS("staff.not_reached")
            case _:
                pass

    def _wanted(self, form: Mapping[str, str]) -> Wanted:
        match form.get("what"):
            case "cases":
                return Wanted(what="cases", rows=lambda turn: _case_rows(turn, form))
            case "children":
                asked = replace(children_asked(self._references, form), text="")
                return Wanted(what="children", rows=lambda turn: children.exported(turn, asked))
            case "hands":
                return Wanted(what="hands", rows=_hand_rows)
            case "school":
                return Wanted(what="school", rows=lambda turn: school_rows(turn, form))
            case "visits":
                return Wanted(what="visits", rows=lambda turn: visit_rows(turn, form))
            case "staff":
                return Wanted(what="staff", rows=lambda turn: _staff_rows(turn, form))
            case "claims":
                listed = self._references.number("claims", form.get("list", "")) or 0
                return Wanted(what="claims", rows=lambda turn: claims.exported(turn, listed))
            case "looks":
                return Wanted(what="looks", rows=_look_rows)
            case _:
                return Wanted(what="", rows=lambda turn: [])


def _case_rows(turn: Turn, form: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {
            WORDS("case.number"): line.number,
            WORDS("case.grade"): line.grade_name,
            WORDS("case.place"): line.place,
            WORDS("case.stage"): line.stage,
            WORDS("case.owner"): line.owner
            if line.is_accepted or not line.is_open
            else WORDS("case.waits_for", name=line.owner),
            WORDS("case.opened"): f"{line.opened_at:%Y-%m-%d %H:%M}",
            WORDS("case.due"): f"{line.due.at:%Y-%m-%d %H:%M}" if line.due else "",
            WORDS("case.what"): line.due.what if line.due else "",
            WORDS("case.whose"): (line.due.whose or line.owner) if line.due else "",
        }
        for line in cases.lines(turn, cases.listed(turn, cases_asked(form)))
    ]


def _hand_rows(turn: Turn) -> list[dict[str, str]]:
    return [
        {
            WORDS("hands.name"): one.name,
            WORDS("hands.posts"): one.posts,
            WORDS("hands.count"): str(one.count),
        }
        for one in hands.holders(turn, hands.loads(turn))
    ]


def _staff_rows(turn: Turn, form: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {
            WORDS("staff.name"): one.name,
            WORDS("staff.posts"): "、".join(post.line for post in one.posts),
            WORDS("staff.reached"): WORDS(
                "staff.reached" if one.is_reached else "staff.not_reached"
            ),
        }
        for one in staff.lines(turn, staff.found(turn, staff_asked(form)))
    ]


def _look_rows(turn: Turn) -> list[dict[str, str]]:
    return [
        {
            WORDS("looks.when"): f"{one.at:%Y-%m-%d %H:%M}",
            WORDS("looks.who"): one.who,
            WORDS("looks.child"): one.name,
            WORDS("looks.place"): one.place,
            WORDS("looks.why"): one.why,
        }
        for one in looks.exported(turn)
    ]
