"""Counters, gauges and histograms, written out as Prometheus reads them."""

from collections.abc import Callable, Iterator
from threading import Lock

#: Upper bounds in seconds, from a quick answer to one that a person gives up on.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """All numbers of this process, safe to change from any thread; no label has private words."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._series: dict[str, dict[str, float]] = {}
        self._heads: dict[str, str] = {}
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
        self._bounds[name] = bounds

    def add(self, name: str, value: float = 1, **labels: str) -> None:
        """Let a counter or a gauge grow (or, a gauge, shrink)."""
        with self._lock:
            self._grow(name, "", labels, value)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        with self._lock:
            self._series[name][name + _braces(labels)] = value

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Count one value of a histogram."""
        bounds = self._bounds[name]
        with self._lock:
            for bound in bounds:
                self._grow(name, "_bucket", labels | {"le": f"{bound:g}"}, float(value <= bound))
            self._grow(name, "_bucket", labels | {"le": "+Inf"}, 1)
            self._grow(name, "_sum", labels, value)
            self._grow(name, "_count", labels, 1)

    def text(self) -> str:
        """Everything in the text format 0.0.4."""
        for name, read in self._watched.items():
            self.set(name, read())
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines())

    def _declare(self, name: str, kind: str, about: str) -> None:
        self._heads[name] = f"# HELP {name} {about}\n# TYPE {name} {kind}"
        self._series[name] = {}

    def _grow(self, name: str, suffix: str, labels: dict[str, str], by: float) -> None:
        series, key = self._series[name], name + suffix + _braces(labels)
        series[key] = series.get(key, 0) + by

    def _lines(self) -> Iterator[str]:
        for name, head in self._heads.items():
            yield head
            for key, value in self._series[name].items():
                yield f"{key} {value:.17g}"


def _braces(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
