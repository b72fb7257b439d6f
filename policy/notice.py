"""The yearly notice of days off, as the State Council's office words it, as a calendar year.

国务院办公厅关于2026年部分节假日安排的通知：
二、春节：2月15日（周日）至23日（周一）放假调休，共9天。2月14日（周六）上班。
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from policy.calendar import Holiday
from policy.faults import PolicyFault, PolicyFaults

#: 全国年节及纪念日放假办法: each year has these.
FEASTS = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
_WEEKDAYS = {word: number for number, word in enumerate("一二三四五六日")} | {"天": 6}

_TITLE = re.compile(r"关于(\d{4})年(?:部分)?节假日安排")
_NUMBER = re.compile(r"国办发明电\W?\d{4}\W?\d+号")
#: 二、春节: — but not 七、周一) of 正月初七、周一).
_ITEM = re.compile(r"[一二三四五六七八九十]、([\u4e00-\u9fff、]{2,16}):")
_DAY = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^()]*)\))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One year's days off and make-up workdays; ``number`` is that of the paper."""

    year: int
    number: str
    holidays: tuple[Holiday, ...]
    workdays: tuple[date, ...]

    def as_toml(self) -> str:
        """The year as calendar.toml writes it."""
        days = [
            f'  {{ name = "{one.name}", first = {one.first}, last = {one.last} }},'
            for one in self.holidays
        ]
        worked = ", ".join(map(str, self.workdays))
        return "\n".join(
            [
                f"# {self.number}",
                f"[year.{self.year}]",
                "holidays = [",
                *days,
                "]",
                f"workdays = [{worked}]",
                "",
            ]
        )


def read_notice(file: str, text: str) -> Notice:
    """The year of a notice; raises PolicyFaults with everything that does not fit together."""
    line = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    title = _TITLE.search(line)
    if title is None:
        raise PolicyFaults([PolicyFault(code="notice-year", file=file)])
    reading = _Reading(file, int(title[1]))
    reading.read(line)
    if reading.faults:
        raise PolicyFaults(reading.faults)
    number = _NUMBER.search(line)
    return Notice(
        year=reading.year,
        number=number[0] if number else title[0],
        holidays=tuple(reading.holidays),
        workdays=tuple(sorted(reading.workdays)),
    )


class _Reading:
    """What a notice has told so far, and what is wrong with it."""

    def __init__(self, file: str, year: int):
        self.year = year
        self.holidays: list[Holiday] = []
        self.workdays: list[date] = []
        self.faults: list[PolicyFault] = []
        self._file = file

    def read(self, line: str) -> None:
        """Every item, and whether the year is whole."""
        items = list(_ITEM.finditer(line))
        for item, after in zip_longest(items, items[1:]):
            self._item(item[1], line[item.end() : after.start() if after else len(line)])
        told = "".join(item[1] for item in items)
        for feast in FEASTS:
            if feast not in told:
                self._fault("notice-feast", found=feast)
        off = {day for holiday in self.holidays for day in holiday.days()}
        for day in self.workdays:
            if day.weekday() < 5 or day in off:
                self._fault("notice-workday", found=day)

    def _item(self, name: str, told: str) -> None:
        sentences = told.split("。")
        off = next((one for one in sentences if "放假" in one), "")
        days = list(self._days(name, off.partition("放假")[0]))
        if not days:
            self._fault("notice-item", name)
            return
        holiday = Holiday(name=name, first=days[0], last=days[-1])
        count = re.search(r"(?:共|放假)(\d+)天", off)
        if holiday.first > holiday.last:
            self._fault("backwards", name, found=name)
        elif count and int(count[1]) != (long := len(list(holiday.days()))):
            self._fault("notice-count", name, found=count[1], count=long)
        self.holidays.append(holiday)
        for one in sentences:
            if "上班" in one:
                self.workdays += self._days(name, one.partition("上班")[0])

    def _days(self, name: str, told: str) -> Iterator[date]:
        """The days of a sentence; one without a month lies in that of the day before it."""
        year, month = self.year, 0
        for said in _DAY.finditer(told):
            year, month = int(said[1] or year), int(said[2] or month)
            try:
                day = date(year, month, int(said[3]))
            except ValueError:
                self._fault("notice-day", name, found=said[0])
                continue
            weekday = re.search(r"(?:周|星期)([一二三四五六日天])", said[4] or "")
            if weekday and _WEEKDAYS[weekday[1]] != day.weekday():
                self._fault("notice-weekday", name, found=said[0], year=year)
            yield day

    def _fault(self, code: str, key: str = "", **values: object) -> None:
        self.faults.append(PolicyFault(code=code, file=self._file, key=key, values=values))
