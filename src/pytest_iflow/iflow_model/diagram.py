"""Where the parts of a flow stand in SAP's editor: the BPMN diagram of its ``.iflw`` file."""

from __future__ import annotations

import math
from collections.abc import Mapping

from lxml import etree
from msgspec import Struct

from pytest_iflow.iflow_model.xml_reading import parse_xml

_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}"
_WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"

_FARTHEST = 1_000_000
"""What lies farther away, in pixels, is not drawn; nobody would find it."""

Point = tuple[float, float]


class Box(Struct, frozen=True):
    """A rectangle in pixels, from its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """The point in the middle."""
        return self.x + self.width / 2, self.y + self.height / 2


class Diagram(Struct, frozen=True):
    """Boxes of participants, sub-processes and steps, lines of routes and adapters, all by id."""

    boxes: Mapping[str, Box]
    lines: Mapping[str, tuple[Point, ...]]


def read_diagram(data: bytes, where: str) -> Diagram:
    """Return the diagram of an ``.iflw`` file, empty where it has none."""
    root = parse_xml(data, where)
    boxes = {}
    for shape in root.iter(f"{_DI}BPMNShape"):
        bounds = shape.find(f"{_DC}Bounds")
        numbers = () if bounds is None else _numbers(bounds, "x", "y", "width", "height")
        if numbers and min(numbers[2:]) > 0:
            boxes[shape.get("bpmnElement", "")] = Box(*numbers)
    lines = {}
    for edge in root.iter(f"{_DI}BPMNEdge"):
        points = [_numbers(point, "x", "y") for point in edge.iterfind(_WAYPOINT)]
        if len(points) > 1 and all(points):
            lines[edge.get("bpmnElement", "")] = tuple((point[0], point[1]) for point in points)
    return Diagram(boxes, lines)


def _numbers(element: etree._Element, *names: str) -> tuple[float, ...]:
    """Return attributes as numbers, nothing where one is none."""
    try:
        found = tuple(float(element.get(name, "")) for name in names)
    except ValueError:
        return ()
    return found if all(math.isfinite(one) and abs(one) < _FARTHEST for one in found) else ()
