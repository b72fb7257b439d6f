"""Charts as SVG, drawn here: no script, they print, and each says in words what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

#: The drawing's own units; on the page it is as wide as its place.
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 180, 34, 24, 10
#: Labels along the bottom, at most.
LABELS = 8
#: Shades of a square, from nothing to most.
SHADES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: what stands below it, and how high it is."""

    label: str
    count: int


def bars(said: str, rows: Sequence[Bar]) -> Markup:
    """Bars side by side in the order in which they come; ``said`` tells it to who sees none."""
    most = max([one.count for one in rows], default=0)
    top = _round_up(most)
    room = (WIDTH - LEFT) / max(len(rows), 1)
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, HEIGHT, said
        ),
        *(_line(at, top) for at in (0, top // 2, top)),
    ]
    every = -(-len(rows) // LABELS)
    for at, one in enumerate(rows):
        x, height = LEFT + at * room, _height(one.count, top)
        parts.append(
            Markup(
                '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
                "<title>{}</title></rect>"
            ).format(
                x + room * 0.15,
                HEIGHT - BOTTOM - height,
                room * 0.7,
                height,
                f"{one.label} {one.count}",
            )
        )
        if at % every == 0:
            parts.append(
                Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                    x + room / 2, HEIGHT - 8, one.label
                )
            )
    return Markup("").join([*parts, Markup("</svg>")])


def shade(count: int, most: int) -> int:
    """How dark a square is: 0 for nothing, else 1 to ``SHADES``."""
    return 0 if count <= 0 else 1 + (count * (SHADES - 1)) // max(most, 1)


def _line(count: int, top: int) -> Markup:
    y = HEIGHT - BOTTOM - _height(count, top)
    return Markup(
        '<line x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
        '<text x="{3}" y="{4:.1f}" text-anchor="end">{5}</text>'
    ).format(LEFT, WIDTH, y, LEFT - 6, y + 4, escape(count))


def _height(count: int, top: int) -> float:
    return (HEIGHT - BOTTOM - TOP) * count / max(top, 1)


def _round_up(most: int) -> int:
    """An even number of no more than two digits and noughts, not below the highest bar."""
    size: int = 10 ** max(len(str(most)) - 2, 0)
    return max(2, -(-most // (2 * size)) * 2 * size)
