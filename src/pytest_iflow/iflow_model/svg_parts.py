"""What a drawn flow is made of: colours, the signs of BPMN, rectangles, texts and lines as SVG."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from html import escape, unescape
from itertools import pairwise

from pytest_iflow.iflow_model.diagram import Box, Point

STYLE = """
.flow{background:#fff;font:11px "72","Segoe UI",Roboto,Helvetica,Arial,sans-serif}
.flow text{fill:#32363a;text-anchor:middle}
.flow .halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
.pool>rect{fill:#fff;stroke:#8396a8}.pool>.strip{fill:#eff3f7}
.system>rect{fill:#f5f6f7;stroke:#6a7f94}
.exception>rect{fill:#fffdf8;stroke:#a3824a;stroke-dasharray:5 3}
.flow .exception>text{text-anchor:start;fill:#7a5c1e}
.step rect,.step circle,.step polygon{fill:#eaf2fa;stroke:#3c6e9f;stroke-width:1.2}
.flow .step .kind{font-size:9px;fill:#2f5f8d}
.step .symbol{fill:none;stroke:#3c6e9f;stroke-width:1.2}
.call rect{fill:#ecf6ee;stroke:#43804f}.flow .call .kind{fill:#2f6b3b}
.store rect{fill:#f8f2e4;stroke:#94762c}.flow .store .kind{fill:#765b15}
.gateway polygon{fill:#fff6dc;stroke:#b58105}.gateway .symbol{stroke:#8a6100}
.start circle{fill:#eef8ec;stroke:#3f7f3a}.start .symbol{stroke:#3f7f3a}
.end circle{fill:#fbeeee;stroke:#a04040;stroke-width:2.6}.end .symbol{stroke:#a04040}
.end .full{fill:#a04040}
.unknown rect,.unknown circle,.unknown polygon{fill:#fdeaea;stroke:#bb0000;stroke-dasharray:4 2}
.route,.adapter{fill:none;stroke:#4f5b66;stroke-width:1.2}
.adapter{stroke:#5d7287;stroke-dasharray:6 4}
.flow .adapter-name{fill:#3a5a7a;font-weight:600}
"""

ARROWS = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto"><path d="M0 0L8 4L0 8z" fill="#4f5b66"/></marker>'
    '<marker id="open" viewBox="0 0 9 9" refX="8" refY="4.5" markerWidth="9" markerHeight="9" '
    'orient="auto"><path d="M1 1L8 4.5L1 8z" fill="#fff" stroke="#5d7287"/></marker></defs>'
)

_ENVELOPE = "M-8 -5h16v10h-16z M-8 -5l8 6l8 -6"
_BOLT = "M-6 7l4 -12l4 7l5 -9l-4 13l-4 -7z"
_PLUS = "M-8 0h16M0 -8v16"
_SIGNS = {
    "message start": (_ENVELOPE, ""),
    "message end": (_ENVELOPE, ""),
    "timer start": ("M0 -8a8 8 0 1 0 0.01 0z M0 -5v5h4", ""),
    "error start": (_BOLT, ""),
    "error end": (_BOLT, " full"),
    "escalation end": ("M0 -8l6 14l-6 -5l-6 5z", " full"),
    "terminate end": ("M0 -7a7 7 0 1 0 0.01 0z", " full"),
    "router": ("M-6 -6L6 6M-6 6L6 -6", ""),
    "parallel multicast": (_PLUS, ""),
    "sequential multicast": ("M-7 -5h9M-7 0h12M-7 5h9", ""),
    "join": (_PLUS, ""),
}
"""The path of the sign of an event or gateway around its middle, and whether it is filled."""

_GROUP = re.compile(r'<g class="(?P<kind>[^"]*)" data-id="(?P<id>[^"]*)"')
"""The beginning of a group; in texts and attributes quotes and angle brackets are escaped."""

_LINE_HEIGHT = 12
_LETTER = 6.1
"""Pixels that a letter takes on average."""


def sign(kind: str, at: Point) -> str:
    """Return the sign of a kind of step with its middle at a point, empty where it has none."""
    if kind not in _SIGNS:
        return ""
    path, full = _SIGNS[kind]
    return f'<path class="symbol{full}" transform="translate({at[0]:g} {at[1]:g})" d="{path}"/>'


def group(kind: str, own: str, title: str, *inner: str) -> str:
    """Return a part of a flow with its id, and what is shown where the mouse rests on it."""
    said = f"<title>{escape(title)}</title>" if title else ""
    return f'<g class="{kind}" data-id="{escape(own)}">{said}{"".join(inner)}</g>'


def marked(drawn: str, marks: Mapping[str, str]) -> str:
    """Return groups with further classes, by their ids."""

    def with_mark(found: re.Match[str]) -> str:
        mark = marks.get(unescape(found["id"]), "")
        return f'<g class="{found["kind"]} {escape(mark)}" data-id="{found["id"]}"' if mark else found[0]

    return _GROUP.sub(with_mark, drawn)


def rectangle(box: Box, radius: float = 0, kind: str = "") -> str:
    """Return a rectangle."""
    named = f' class="{kind}"' if kind else ""
    size = f'width="{box.width:g}" height="{box.height:g}"'
    return f'<rect{named} x="{box.x:g}" y="{box.y:g}" {size} rx="{radius:g}"/>'


def text(lines: list[str], at: Point, kind: str = "", more: str = "") -> str:
    """Return lines of text one below the other, the first one at a point."""
    said = "".join(
        f'<tspan x="{at[0]:g}" y="{at[1] + _LINE_HEIGHT * number:g}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    return f'<text class="{kind}" {more}>{said}</text>' if lines else ""


def text_around(lines: list[str], at: Point, kind: str = "", more: str = "") -> str:
    """Return lines of text with their middle at a point."""
    return text(lines, (at[0], at[1] + 4 - _LINE_HEIGHT / 2 * (len(lines) - 1)), kind, more)


def wrapped(words: str, width: float, most: int) -> list[str]:
    """Return a text in lines that fit into ``width`` pixels, shortened where they are more than ``most``."""
    letters = max(4, int(width / _LETTER))
    wrapper = _NameWrapper(letters, max_lines=most, placeholder="…")
    return wrapper.wrap(" ".join(words.split()))


class _NameWrapper(textwrap.TextWrapper):
    """Breaks lines between words, and in names with underscores, points and slashes after those."""

    wordsep_re = re.compile(r"(\s+|(?<=[_./-])(?=\w))")


def path(line: list[Point], kind: str, end: str) -> str:
    """Return a line with an arrow at its end."""
    said = "L".join(f"{x:g} {y:g}" for x, y in line)
    return f'<path class="{kind}" d="M{said}" marker-end="url(#{end})"/>'


def label(words: str, line: list[Point], kind: str) -> str:
    """Return a text at the middle of the longest piece of a line."""
    start, end = max(pairwise(line), key=lambda ends: _length(*ends))
    level = abs(start[1] - end[1]) < abs(start[0] - end[0])
    lines = wrapped(words, max(60, abs(start[0] - end[0]) - 6) if level else 110, 3)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    return text(lines, (x, y - 5 - _LINE_HEIGHT * (len(lines) - 1) if level else y + 4), kind)


def _length(start: Point, end: Point) -> float:
    return abs(start[0] - end[0]) + abs(start[1] - end[1])


def outside(line: tuple[Point, ...], boxes: list[Box]) -> list[Point]:
    """Return a line without its ends that lie within a box: SAP's lines lead to the middle of a part."""
    found = list(line)
    for _ in range(2):
        box = next((one for one in boxes if _within(found[0], one)), None)
        if box is not None:
            found = _from_border(found, box)
        found.reverse()
    return found


def _within(point: Point, box: Box) -> bool:
    return box.x <= point[0] <= box.x + box.width and box.y <= point[1] <= box.y + box.height


def _from_border(line: list[Point], box: Box) -> list[Point]:
    """Return a line that begins within a box from where it leaves the box."""
    number = next((number for number, point in enumerate(line) if not _within(point, box)), 0)
    if number == 0:
        return line
    (x, y), (to_x, to_y) = line[number - 1], line[number]
    shares = [1.0]
    if to_x != x:
        shares.append(((box.x + box.width if to_x > x else box.x) - x) / (to_x - x))
    if to_y != y:
        shares.append(((box.y + box.height if to_y > y else box.y) - y) / (to_y - y))
    share = min(shares)
    return [(x + share * (to_x - x), y + share * (to_y - y)), *line[number:]]
