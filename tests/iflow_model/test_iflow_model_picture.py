"""A flow is drawn with the coordinates of SAP's editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.diagram import Box, Diagram, read_diagram
from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.package import read_package
from pytest_iflow.iflow_model.picture import page, svg
from pytest_iflow.iflow_model.svg_parts import outside, wrapped
from tests import exported_bundles as made
from tests.exported_orders import FILES, as_zip

_SVG = "{http://www.w3.org/2000/svg}"


def orders(folder: Path, **files: bytes) -> Bundle:
    """The flow of orders; files in place of its own."""
    path = as_zip(folder) if not files else made.write(folder / "f.zip", made.zipped({**FILES, **files}))
    return read_package(path).bundles[0]


def test_each_part_is_drawn_where_it_stands(tmp_path: Path) -> None:
    """Pools, events as circles, tasks as boxes, gateways as diamonds, lines from border to border."""
    root = etree.fromstring(svg(orders(tmp_path)).encode())
    parts = {group.get("data-id", ""): group for group in root.iter(f"{_SVG}g")}

    def drawn(own: str) -> tuple[str, str]:
        group = parts[own]
        shape = next(one for one in group if one.tag != f"{_SVG}title")
        return str(group.get("class")), str(shape.tag).removeprefix(_SVG)

    assert drawn("Participant_1") == ("system", "rect")
    assert drawn("Participant_3") == ("pool", "rect")
    assert drawn("Sub_1") == ("exception", "rect")
    assert drawn("Start_1") == ("step start", "circle")
    assert drawn("Set_1") == ("step task", "rect")
    assert drawn("Router_1") == ("step gateway", "polygon")
    assert drawn("End_9") == ("step end", "circle")
    assert [one.get("d") for one in parts["Route_2"].iter(f"{_SVG}path")] == ["M440 150L440 110L500 110"]
    dashed = next(parts["MessageFlow_1"].iter(f"{_SVG}path"))
    assert (dashed.get("class"), dashed.get("d")) == ("adapter", "M100 170L200 170")
    assert parts["Route_3"].findtext(f"{_SVG}title") == "the default route"
    texts = ["".join(one.itertext()) for one in root.iter(f"{_SVG}text")]
    assert {"Set headers", "content modifier", "HTTPS", "Which?", "Shop", "Exception"} <= set(texts)
    assert [root.get(name) for name in ("width", "height", "viewBox")] == ["1110", "550", "-30 20 1110 550"]


def test_names_of_a_flow_do_nothing_in_a_page(tmp_path: Path) -> None:
    """Whatever they are, they are text; nothing outside is asked for."""
    hostile = FILES[made.IFLW].replace(b'"Which?"', b"'&lt;script&gt;alert(1)&lt;/script&gt;\"&amp;'")
    text = page([orders(tmp_path, **{made.IFLW: hostile})], "A <b>")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "<h1>A &lt;b&gt;</h1>" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_a_flow_without_a_diagram_is_not_drawn(tmp_path: Path) -> None:
    """A page of several says so in its place."""
    cut = FILES[made.IFLW].replace(b"BPMNShape", b"Shape")
    bundle = orders(tmp_path, **{made.IFLW: cut})
    with pytest.raises(BundleError, match="no diagram"):
        svg(bundle)
    assert "<p>the flow has no diagram, so there is nothing to draw</p>" in page([bundle], "x")


def test_numbers_that_are_none_are_left_out() -> None:
    """A part without a place is not drawn; the others are."""
    shapes = [made.shape("a", 1, 2), made.shape("b", 1, 2).replace("100", "nan"), made.shape("c", 10**7, 2)]
    edges = [made.edge("r", (1, 1), (2, 2)), made.edge("s", (1, 1)), made.edge("t", (1, 1), (10**7, 1))]
    text = made.iflw([], [], made.diagram(*shapes, *edges))
    assert read_diagram(text, "here") == Diagram({"a": Box(1, 2, 100, 60)}, {"r": ((1, 1), (2, 2))})


def test_lines_keep_to_the_outside_of_boxes() -> None:
    """From the border of one part to that of the other; within one box, or far from any, they stay."""
    left, right = Box(0, 0, 10, 10), Box(30, 0, 10, 10)
    assert outside(((5, 5), (35, 5)), [left, right]) == [(10, 5), (30, 5)]
    assert outside(((5, 5), (8, 5), (20, 17)), [left, right]) == [(10, 7), (20, 17)]
    assert outside(((5, 5), (6, 6)), [left]) == [(5, 5), (6, 6)]
    assert outside(((50, 50), (60, 60)), [left, right]) == [(50, 50), (60, 60)]


def test_names_are_broken_where_a_reader_would() -> None:
    """Between words, and in names of systems after an underscore; a long one ends with an ellipsis."""
    assert wrapped("Interchange_Payload_Handling", 94, 6) == ["Interchange_", "Payload_", "Handling"]
    assert wrapped("GET  the\nBusiness Partner of it all", 94, 2) == ["GET the", "Business…"]
    assert wrapped("x" * 40, 94, 3) == ["x" * 15, "x" * 15, "x" * 10]
    assert wrapped("", 94, 3) == []
