"""Counters, gauges and histograms, written out as Prometheus reads them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock
from typing import TypeAlias

#: Upper bounds in seconds, from a quick answer to one that a person gives up on.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Labels: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Histogram:
    """How many values lie at or below each bound and above the one before it; the last: above."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def take(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Metrics:
    """All numbers of this process, safe to change from any thread; no label has private words.

    A number is kept under its labels as they were given: they are written out for who asks.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._heads: dict[str, str] = {}
        self._numbers: dict[str, defaultdict[Labels, float]] = {}
        self._histograms: dict[str, dict[Labels, _Histogram]] = {}
        self._bounds: dict[str, tuple[float, ...]] = {}
        self._watched: dict[str, Callable[[], float]] = {}

    def counter(self, name: str, about: str) -> None:
        """Declare a number that only grows."""
        self._declare(name, "counter", about)

    def gauge(self, name: str, about: str, read: Callable[[], float] | None = None) -> None:
        """Declare a number that goes up and down; ``read`` is asked whenever somebody looks."""
        self._declare(name, "gauge", about)
        if read:
            self._watched[name] = read

    def histogram(self, name: str, about: str, bounds: tuple[float, ...] = SECONDS) -> None:
        """Declare how often a value was at most each bound."""
        self._declare(name, "histogram", about)
        self._histograms[name] = {}
        self._bounds[name] = bounds

    def add(self, name: str, value: float = 1, **labels: str) -> None:
        """Let a counter or a gauge grow (or, a gauge, shrink)."""
        with self._lock:
            self._numbers[name][tuple(labels.items())] += value

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        with self._lock:
            self._numbers[name][tuple(labels.items())] = value

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Count one value of a histogram."""
        series, key = self._histograms[name], tuple(labels.items())
        with self._lock:
            histogram = series.get(key)
            if histogram is None:
                histogram = series[key] = _Histogram(self._bounds[name])
            histogram.take(value)

    def text(self) -> str:
        """Everything in the text format 0.0.4."""
        for name, read in self._watched.items():
            self.set(name, read())
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines())

    def _declare(self, name: str, kind: str, about: str) -> None:
        self._heads[name] = f"# HELP {name} {about}\n# TYPE {name} {kind}"
        self._numbers[name] = defaultdict(float)

    def _lines(self) -> Iterator[str]:
        for name, head in self._heads.items():
            yield head
            for labels, value in self._numbers[name].items():
                yield _line(name, labels, value)
            for labels, histogram in self._histograms.get(name, {}).items():
                bounds = (*(f"{bound:g}" for bound in histogram.bounds), "+Inf")
                counts = tuple(accumulate(histogram.counts))
                for bound, count in zip(bounds, counts, strict=True):
                    yield _line(f"{name}_bucket", (*labels, ("le", bound)), count)
                yield _line(f"{name}_sum", labels, histogram.total)
                yield _line(f"{name}_count", labels, counts[-1])


def _line(name: str, labels: Labels, value: float) -> str:
    written = ",".join(f'{key}="{_escaped(word)}"' for key, word in labels)
    return f"{name}{{{written}}} {value:.17g}" if written else f"{name} {value:.17g}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
