"""What a program asks, read with all its faults at once: an address, a body, a span of days."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.site.api import models
from bot.site.api.gate import WORDS, Refused
from handlers.office.periods import DAY, EARLIEST, USUAL, Between, Period, checked

Model = TypeVar("Model", bound=BaseModel)


def list_of(request: web.Request) -> str:
    """A cursor is of one list with one set of conditions."""
    asked = sorted((k, v) for k, v in request.query.items() if k not in ("cursor", "limit"))
    return f"cursor:{request.path}:{json.dumps(asked)}"


async def body_of(request: web.Request) -> object:
    """What the body holds as JSON; raises Refused for anything else."""
    if request.content_type != "application/json":
        raise Refused(415, "not_json")
    try:
        return json.loads((await request.read()).decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400, "not_json") from None


def read(kind: type[Model], told: object) -> Model:
    """What a body says; raises Refused with every fault."""
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        faults = _faults(error)
    raise Refused(422, "bad_body", faults=faults, count=len(faults))


def read_query(kind: type[Model], request: web.Request) -> Model:
    """What an address asks for; raises Refused with every fault."""
    try:
        return kind.model_validate(dict(request.query))
    except ValidationError as error:
        faults = _faults(error)
    raise _bad_query(faults)


def _bad_query(faults: Sequence[models.Fault]) -> Refused:
    told = "".join(WORDS("problem.bad_condition", name=one.at, why=one.what) for one in faults)
    return Refused(400, "bad_query", faults=faults, text=told)


def _faults(error: ValidationError) -> list[models.Fault]:
    return [
        models.Fault(at=".".join(map(str, one["loc"])) or "-", what=_why(one["type"]))
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def period_of(query: models.FiguresQuery, today: date) -> Period:
    """Which days are asked for; raises Refused for those that cannot be counted."""
    since, until = query.since, query.until
    if since is None:
        if until is not None:
            raise _wrong_day("until", "until_alone")
        return query.days or USUAL
    if query.days is not None:
        raise _wrong_day("days", "since_and_days")
    if since > today:
        raise _wrong_day("since", "future")
    days = checked(Between(since, until or today), today)
    if not isinstance(days, Between):
        raise _wrong_day("until" if days in ("future", "order") else "since", days)
    return days


def wrong_moment(moment: datetime | None, now: datetime) -> str | None:
    """Why nothing can have happened then; another machine's clock may be a day ahead of ours."""
    if moment is None:
        return None
    if moment.year < EARLIEST.year:
        return _why("early")
    return _why("past") if moment.astimezone(UTC) - now > DAY else None


def _wrong_day(at: str, why: str) -> Refused:
    return _bad_query([models.Fault(at=at, what=_why(why))])


def _why(code: str) -> str:
    key = f"wrong.{code}"
    return WORDS(key if key in WORDS.table else "wrong.other")
