"""Examples of answers as golden messages: what differs among them is volatile."""

from __future__ import annotations

import pytest

from pytest_iflow.imports.golden_examples import golden_of


def test_values_that_differ_are_ignored() -> None:
    """Members, items, members that one has and another has not, lists of other lengths."""
    golden = golden_of(
        [
            '{"a": 1, "b": {"c d": 2}, "l": [1, {"x": 1}], "n": [1]}',
            '{"a": 2, "b": {}, "l": [1, {"x": 2}], "n": []}',
        ]
    )
    assert golden is not None
    assert golden.ending == ".json"
    assert golden.ignored == ("$.a", "$.b['c d']", "$.l[1].x", "$.n")


def test_xml_is_compared_by_its_elements() -> None:
    """Texts, attributes, and elements that differ as a whole; namespaces do not matter."""
    golden = golden_of(
        [
            '<a xmlns="urn:x" v="1"><b>1</b><b>2</b><c/></a>',
            '<a xmlns="urn:x" v="2"><b>1</b><b>3</b><c><d/></c></a>',
        ]
    )
    assert golden is not None
    begin = "/*[local-name()='a']"
    assert golden.ignored == (
        f"{begin}/@*[local-name()='v']",
        f"{begin}/*[local-name()='b'][2]",
        f"{begin}/*[local-name()='c'][1]",
    )


@pytest.mark.parametrize(
    "bodies", [[], ["", " "], ["text", "other"], ['{"a": 1}', "[1]"], ["<a/>", "<b/>"], ['{"a": 1}', "<a/>"]]
)
def test_examples_without_anything_in_common_make_none(bodies: list[str]) -> None:
    """Nor does no example."""
    assert golden_of(bodies) is None


def test_one_example_has_no_rules() -> None:
    """Of text as well."""
    golden = golden_of(["plain"])
    assert golden is not None
    assert (golden.body, golden.ending, golden.ignored) == ("plain", ".txt", ())
