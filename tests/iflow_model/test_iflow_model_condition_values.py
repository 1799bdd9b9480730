"""Values for which a condition holds, as far as its text tells."""

from __future__ import annotations

from typing import get_args

import pytest

from pytest_iflow.iflow_model.condition_values import example_values, other_values
from pytest_iflow.iflow_model.flow import ConditionLanguage, Route

CONSTANTS = {"property.european": "DE,FR", "property.german": "DE"}


def route(condition: str) -> Route:
    """Return a route with a condition, whose language its text tells."""
    simple, xpath = "simple", "xpath"
    language = next(
        one for one in get_args(ConditionLanguage) if one == (simple if "${" in condition else xpath)
    )
    return Route("r", "", "a", "b", condition, language)


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("/order/country = 'DE'", {"country": "DE"}),
        ('//ns0:Order/@kind="x"', {"kind": "x"}),
        ("'DE' = /order/country/text()", {"country": "DE"}),
        ("/order/country = 'DE' and /order/sum > 100", {"country": "DE", "sum": "101"}),
        ("/order/sum <= 99.5 or /order/sum = 1000", {"sum": "99.5"}),
        ("/order/sum < 10", {"sum": "9"}),
        ("/order/name != 'and or'", {"name": "not-and or"}),
        ("contains(/order/name, 'x')", {"name": "x"}),
        ("${header.x} = 'a'", {"x": "a"}),
        ("${property.country} in 'DE,FR'", {"country": "DE"}),
        ("${header.x} == 'a' && ${property.y} contains \"b\"", {"x": "a", "y": "b"}),
        ("${in.header.x} = 5 || ${header.y} = 'c'", {"x": "5"}),
        ("${header.x} = 'a' and ${header.x} = 'b'", {}),
        ("count(/order/item) > 3", {}),
        ("(/a = '1' or /b = '2') and /c = '3'", {}),
        ("not(/order/country = 'DE')", {}),
        ("${header.x} = ${header.y}", {}),
        ("${property.country} in ${property.european}", {"country": "DE"}),
        ("${header.x} = ${property.german} or ${header.y} = '1'", {"x": "DE"}),
        ("${property.german} = ${header.x}", {}),
        ("${body} contains 'a'", {}),
        ("${header.x} regex '[a-z]+'", {}),
        ("/a > 'z'", {}),
        ("", {}),
    ],
)
def test_a_plain_comparison_tells_its_values(condition: str, values: dict[str, str]) -> None:
    """What is more than comparisons of a name with a value tells none."""
    assert example_values(route(condition), CONSTANTS) == values


@pytest.mark.parametrize(
    ("conditions", "values"),
    [
        (
            ["/order/country = 'DE'", "/order/country = 'FR' or /order/country = 'other'"],
            {"country": "other-other"},
        ),
        (["${header.x} = 'a'"], {"x": "other"}),
        (["${property.x} in ${property.european}", "${property.x} in 'US'"], {"x": "other"}),
        (["${property.x} in ${property.asian}"], {}),
        (["/order/country = 'DE'", "/order/sum = 5"], {}),
        (["/order/country = 'DE'", "/order/country != 'FR'"], {}),
        ([], {}),
    ],
)
def test_the_default_route_asks_for_another_value(conditions: list[str], values: dict[str, str]) -> None:
    """Where all conditions ask for one same name to be equal to something."""
    assert other_values([route(each) for each in conditions], CONSTANTS) == values
