"""What is asked and answered, as it stands in JSON; the description is made from it."""

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from handlers.office.periods import EARLIEST, day_of
from handlers.systems.machines import MOST, PAGE

T = TypeVar("T")

#: A sealed name of a row of ours.
Ref: TypeAlias = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


def _day(text: object) -> date:
    day = day_of(text) if isinstance(text, str) else None
    if day is None:
        raise PydanticCustomError("date_parsing", "a day")
    return day


def _counted_day(day: date) -> date:
    if day < EARLIEST:
        raise PydanticCustomError("early", "a day before anything of ours")
    return day


#: 2026-11-30 and nothing else: neither a moment, nor so many seconds.
Day: TypeAlias = Annotated[date, BeforeValidator(_day), AfterValidator(_counted_day)]


class Told(BaseModel):
    """What programs say: nothing beside what is described."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Answer(BaseModel):
    """What we say."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


# -- asked --------------------------------------------------------------------------------------


class ReportIn(Told):
    """一条要上报的线索。"""

    area: Ref = Field(description="在哪里：/areas 里的 id，越细越好")
    circumstances: list[str] = Field(
        min_length=1, max_length=10, description="什么情况：/circumstances 里的 code"
    )
    what: str = Field(min_length=1, max_length=2000, description="看到或听到了什么")
    safe: Literal["yes", "no", "unknown"] = Field(
        default="unknown", description="孩子现在安全吗；no 会马上叫人，请同时打 110"
    )
    child: Ref | None = Field(default=None, description="哪个孩子：/children 里的 id，知道才写")
    child_words: str = Field(default="", max_length=200, description="哪个孩子，用话说")
    child_years: int | None = Field(default=None, ge=0, le=17, description="大概几岁")
    occurred_at: AwareDatetime | None = Field(default=None, description="什么时候的事")


class ListQuery(Told):
    """列表都有的条件。"""

    area: Ref | None = Field(default=None, description="哪个地方和它下面的；不写是令牌的全部范围")
    limit: int = Field(default=PAGE, ge=1, le=MOST, description="一页最多几条")
    cursor: str | None = Field(default=None, max_length=200, description="上一页给的 next")


class DatedQuery(ListQuery):
    """有日子的列表的条件。"""

    since: Day | None = Field(default=None, description="从哪天起（含），北京时间")


class FiguresQuery(Told):
    """数字的条件：到今天为止的多少天，或者从哪天到哪天。"""

    area: Ref | None = Field(default=None, description="哪个地方；不写是令牌的地方")
    days: Literal["7", "30", "90", "365"] | None = Field(
        default=None, description="到今天为止的天数；这三样都不写是 30"
    )
    since: Day | None = Field(
        default=None,
        description="从哪天起（含），北京时间，最早 2000-01-01；写了它就不写 days",
    )
    until: Day | None = Field(
        default=None,
        description="到哪天止（含），北京时间，最晚今天，一次最多三年；不写是今天。"
        "今天以前就结束的一段，只有那段时间里的事，没有到今天还差多少",
    )


# -- answered -----------------------------------------------------------------------------------


class Area(Answer):
    """一个地方。"""

    id: str
    parent: str | None = Field(description="上一级；令牌自己的地方是 null")
    kind: Literal["county", "town", "village", "group"]
    name: str


class Circumstance(Answer):
    """一种情况。"""

    code: str
    words: str


class Child(Answer):
    """一个孩子。"""

    id: str
    area: str
    status: Literal["active", "left"]
    columns: dict[str, str] = Field(
        description="台账的栏目，没采集的不写；没有 names 的令牌，名字、号码、文字打星号"
    )
    updated_at: datetime


class Case(Answer):
    """一张工单。"""

    id: str
    number: str = Field(description="受理号")
    area: str | None
    grade: Literal["red", "orange", "yellow", "blue"]
    stage: str
    stage_name: str
    owner_post: str = Field(description="办的岗位；不给人名")
    child: str | None = Field(description="台账里的孩子；不归这个岗位看的是 null")
    opened_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    outcome: str
    solved: Literal["yes", "no", ""]
    reopened: int
    due_kind: str = Field(description="下一件该办的事；没有是空的")
    due_at: datetime | None


class Report(Answer):
    """一条线索；谁报的不给。"""

    id: str
    number: str = Field(description="受理号")
    kind: Literal["danger", "report", "message", "unfinished"]
    area: str | None
    grade: Literal["red", "orange", "yellow", "blue"]
    circumstances: list[str]
    case: str
    stage: str
    created_at: datetime
    occurred_at: datetime | None
    said: dict[str, str] | None = Field(
        description="回答，按问题名；令牌带 names、岗位也看得到时才有"
    )


class Visit(Answer):
    """一次走访。"""

    id: str
    child: str
    kind: str
    result: Literal["done", "failed", "explained"]
    reason: str
    seen: bool
    alone: bool | None
    day: date
    next_day: date | None
    entered_at: datetime


class Figure(Answer):
    """一个数，和它的意思。"""

    key: str
    name: str
    means: str
    count: int
    percent: int | None = Field(description="占它所属那个数的百分之几")


class PlaceFigures(Answer):
    """下面一个地方的数。"""

    area: str
    name: str
    counts: dict[str, int]


class Figures(Answer):
    """一个地方的数字；和后台“分析”是同一套。"""

    area: str
    first: date
    last: date
    figures: list[Figure]
    places: list[PlaceFigures]


class Page(Answer, Generic[T]):
    """一页；next 是 null 就到头了。"""

    items: list[T]
    next: str | None


class Everything(Answer, Generic[T]):
    """全部，不分页。"""

    items: list[T]


class Fault(Answer):
    """正文里一处不对的。"""

    at: str
    what: str


class Problem(Answer):
    """出了什么问题（RFC 9457）。"""

    type: str
    title: str
    status: int
    detail: str
    faults: list[Fault] = []
