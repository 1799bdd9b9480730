"""Names made of any text."""

from __future__ import annotations

import pytest

from pytest_iflow.drafts.file_names import Names, file_name, iflow_name, variable_name
from pytest_iflow.tenants.tenant_schema import check_name

ANY = (
    "",
    "CON",
    "nul.txt",
    "a/b\\c:d",
    "..",
    "Aufträge für Köln",
    "東京",
    "x" * 400,
    "com1",
    "1. Create",
    "-_.",
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Create Order", "create-order.json"),
        ("getProductDetails", "get-product-details.json"),
        ("con", "con-file.json"),
        ("Straße", "strasse.json"),
        ("東京", "unnamed.json"),
        ("../../etc/passwd", "etc-passwd.json"),
    ],
)
def test_a_file_name_is_valid_everywhere(text: str, name: str) -> None:
    """Small letters, digits and hyphens."""
    assert file_name(text, ".json") == name


@pytest.mark.parametrize("text", ANY)
def test_names_fit_the_tenant_file(text: str) -> None:
    """Those of iFlows and of variables."""
    check_name(iflow_name(text), "an iFlow")
    assert variable_name(text)[0].isalpha()
    assert len(file_name(text)) <= 65


def test_equal_names_get_numbers() -> None:
    """Also where only the case differs; the number stands before the ending."""
    names = Names()
    assert [names.add_file(each, ".json") for each in ("a", "A", "a", "a-2")] == [
        "a.json",
        "A-2.json",
        "a-3.json",
        "a-2-2.json",
    ]
    assert Names(taken=["x"]).add("X") == "X 2"
