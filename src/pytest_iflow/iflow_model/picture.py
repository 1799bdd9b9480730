"""A flow drawn as SAP's editor shows it: an SVG, or a page with several; it asks for no outside resources.

Each part is a group with the class of what it is and its id in ``data-id``, so that a page can colour it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.diagram import Box, Diagram, Point, read_diagram
from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.flow import UNKNOWN, Adapter, Flow, Participant, Process, Route, Step
from pytest_iflow.iflow_model.svg_parts import (
    ARROWS,
    STYLE,
    group,
    label,
    marked,
    outside,
    path,
    rectangle,
    sign,
    text,
    text_around,
    wrapped,
)

_MARGIN = 30
_STRIP = 20
"""Width of the strip of a pool that has the name of its process."""

_CALLS = frozenset({
    "request-reply", "send", "poll enrich", "content enricher",
    "process call", "looping process call", "idempotent process call",
})  # fmt: skip
_STORES = ("data store", "write variables", "persist")

_PAGE_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body{font:14px "72","Segoe UI",Roboto,Helvetica,Arial,sans-serif;margin:24px;color:#32363a;background:#fff}
section>div{overflow:auto;border:1px solid #d5dadf;padding:8px}
</style>"""


def svg(bundle: Bundle, marks: Mapping[str, str] | None = None) -> str:
    """Return the picture of a flow; raises BundleError where the bundle has no diagram.

    ``marks`` are further classes of its parts, by their ids.
    """
    flow = bundle.flow
    diagram = Diagram({}, {}) if flow is None else read_diagram(bundle.files[flow.file], flow.file)
    if flow is None or not diagram.boxes:
        raise BundleError("the flow has no diagram, so there is nothing to draw", where=bundle.name)
    box = _extent(diagram)
    size = f'width="{box.width:g}" height="{box.height:g}"'
    view = f'viewBox="{box.x:g} {box.y:g} {box.width:g} {box.height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" role="img" {size} {view}>'
    named = f"<title>{escape(bundle.name)}</title><style>{STYLE}</style>"
    white = f'<rect x="{box.x:g}" y="{box.y:g}" width="100%" height="100%" fill="#fff"/>'
    parts = [*_backgrounds(flow, diagram), *_lines(flow, diagram), *_steps(flow, diagram)]
    drawn = marked("\n".join(parts), marks or {})
    return "\n".join([head, named, white, ARROWS, drawn, *_labels(flow, diagram), "</svg>", ""])


def page(bundles: Iterable[Bundle], title: str) -> str:
    """Return an HTML page with the pictures of several flows; one without a diagram says so."""
    sections = []
    for bundle in bundles:
        try:
            drawn = svg(bundle)
        except BundleError as error:
            drawn = f"<p>{escape(error.what)}</p>"
        sections.append(f"<section><h2>{escape(bundle.name)}</h2><div>{drawn}</div></section>")
    head = f"{_PAGE_HEAD}<title>{escape(title)}</title></head><body><h1>{escape(title)}</h1>"
    return f"{head}{''.join(sections)}</body></html>\n"


def _extent(diagram: Diagram) -> Box:
    points = [point for line in diagram.lines.values() for point in line]
    for box in diagram.boxes.values():
        points += [(box.x, box.y), (box.x + box.width, box.y + box.height)]
    left, top = min(x for x, _ in points) - _MARGIN, min(y for _, y in points) - _MARGIN
    right, bottom = max(x for x, _ in points) + _MARGIN, max(y for _, y in points) + _MARGIN
    return Box(left, top, right - left, bottom - top)


def _backgrounds(flow: Flow, diagram: Diagram) -> Iterator[str]:
    for participant in flow.participants.values():
        if box := diagram.boxes.get(participant.id):
            yield _participant(participant, box)
    for process in flow.processes.values():
        if process.parent and (box := diagram.boxes.get(process.id)):
            yield _exception(process, box)


def _ends(flow: Flow, diagram: Diagram) -> Iterator[tuple[Route | Adapter, list[Point]]]:
    """Yield each route and adapter with its line between what it connects."""
    for process in flow.processes.values():
        for route in process.routes:
            if line := diagram.lines.get(route.id):
                yield route, outside(line, _boxes(diagram, route.source, route.target))
    for adapter in flow.adapters:
        if line := diagram.lines.get(adapter.id):
            yield adapter, outside(line, _boxes(diagram, adapter.participant, adapter.step))


def _boxes(diagram: Diagram, *names: str) -> list[Box]:
    return [diagram.boxes[name] for name in names if name in diagram.boxes]


def _lines(flow: Flow, diagram: Diagram) -> Iterator[str]:
    for part, line in _ends(flow, diagram):
        if isinstance(part, Adapter):
            title = f"{part.kind} {part.direction} adapter {part.address}".strip()
            yield group("connection", part.id, title, path(line, "adapter", "open"))
        else:
            title = part.condition or ("the default route" if part.is_default else part.name)
            mark = _default_mark(line) if part.is_default else ""
            yield group("connection", part.id, title, path(line, "route", "arrow"), mark)


def _default_mark(line: list[Point]) -> str:
    """Return the stroke across its beginning that a default route has."""
    (x, y), (to_x, to_y) = line[0], line[1]
    far = max(abs(to_x - x) + abs(to_y - y), 1)
    at_x, at_y = x + 9 * (to_x - x) / far, y + 9 * (to_y - y) / far
    return f'<path class="route" d="M{at_x - 4:g} {at_y + 5:g}L{at_x + 4:g} {at_y - 5:g}"/>'


def _labels(flow: Flow, diagram: Diagram) -> Iterator[str]:
    for part, line in _ends(flow, diagram):
        if isinstance(part, Adapter):
            yield label(part.name or part.kind, line, "halo adapter-name")
        else:
            yield label(part.name, line, "halo")


def _participant(participant: Participant, box: Box) -> str:
    if participant.kind != "process":
        name = text_around(wrapped(participant.name, box.width - 8, 6), box.middle)
        return group(
            "system", participant.id, f"{participant.name} ({participant.kind})", rectangle(box), name
        )
    strip = Box(box.x, box.y, min(_STRIP, box.width), box.height)
    at = strip.middle
    turned = f'transform="rotate(-90 {at[0]:g} {at[1]:g})"'
    name = text_around(wrapped(participant.name, box.height - 8, 1), at, "", turned)
    return group("pool", participant.id, participant.name, rectangle(box), rectangle(strip, 0, "strip"), name)


def _exception(process: Process, box: Box) -> str:
    name = text(wrapped(process.name, box.width - 16, 1), (box.x + 8, box.y + 15))
    return group("exception", process.id, f"{process.name} (exception sub-process)", rectangle(box, 8), name)


def _steps(flow: Flow, diagram: Diagram) -> Iterator[str]:
    for step in flow.steps():
        if box := diagram.boxes.get(step.id):
            kind, shape = _shape(step, box)
            unknown = " unknown" if step.kind == UNKNOWN else ""
            yield group(f"step {kind}{unknown}", step.id, f"{step.name} · {_word(step)}", shape)


def _word(step: Step) -> str:
    return step.kind if step.kind != UNKNOWN else step.activity_type or step.element


def _shape(step: Step, box: Box) -> tuple[str, str]:
    """Return the class of a step and how it is drawn."""
    x, y = box.middle
    below = text(wrapped(step.name, 120, 2), (x, box.y + box.height + 13), "halo")
    if step.element.endswith("Event"):
        circle = f'<circle cx="{x:g}" cy="{y:g}" r="{min(box.width, box.height) / 2:g}"/>'
        return ("start" if step.element == "startEvent" else "end"), circle + sign(step.kind, (x, y)) + below
    if step.element.endswith("Gateway"):
        corners = [(x, box.y), (box.x + box.width, y), (x, box.y + box.height), (box.x, y)]
        points = " ".join(f"{a:g},{b:g}" for a, b in corners)
        return "gateway", f'<polygon points="{points}"/>' + sign(step.kind, (x, y)) + below
    word, width = _word(step), box.width - 6
    narrow = f'textLength="{width:g}" lengthAdjust="spacingAndGlyphs"' if len(word) * 4.7 > width else ""
    head = text([word], (x, box.y + 12), "kind", narrow)
    name = text_around(wrapped(step.name, width, 3), (x, y + 8))
    kind = "call" if step.kind in _CALLS else "store" if step.kind.startswith(_STORES) else "task"
    return kind, rectangle(box, 6) + head + name
