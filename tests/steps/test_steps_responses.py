"""Phrases that judge the last response, in a real run against the local tenant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.inner_project import InnerProject, InnerRun

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads"

pytest_plugins = ["tests.inner_project"]

PRODUCT = 'When I request the details of product "HT-1080"'
ECHO = 'When I send a POST request to the iFlow "/echo"'

GOOD = {
    "status": f"{PRODUCT}\nThen the response status is 200",
    "header": f'{ECHO}\nThen the response header "CONTENT-Type" contains "json"',
    "body": f'{PRODUCT}\nThen the response body contains "Photo Scan"',
    "schema": f'{PRODUCT}\nThen the response matches the schema "product-details.schema.json"',
    "other schema": f'{PRODUCT}\nThen the response does not match the schema "no-product.schema.json"',
    "schema of none": (
        f'{PRODUCT}\nThen no response value at "//Product" matches the schema "no-product.schema.json"'
    ),
    "XPath": f'{PRODUCT}\nThen the response value at "/Products/Product/Price" is "51.000"',
    "number": f'{PRODUCT}\nThen the response value at "/Products/Product/Price" is 51.0',
    "JSONPath": f'{ECHO}\nThen the response value at "$.method" is "POST"',
    "one value": f'{PRODUCT}\nThen the response has 1 value at "/Products/Product"',
    "no values": f'{PRODUCT}\nThen the response has 0 values at "/Products/Nothing"',
    "golden": f'{PRODUCT}\nThen the response equals the golden message "product-HT-1080.xml"',
    "time": f"{PRODUCT}\nThen the response arrives within 60 seconds",
}

BAD = {
    "status differs": (
        f"{PRODUCT}\nThen the response status is 404",
        "the response status is 200 OK, expected 404",
    ),
    "header differs": (
        f'{ECHO}\nThen the response header "content-type" contains "xml"',
        'The response header "content-type" does not contain "xml"\n'
        '  expected:   contains "xml"\n  found:      "application/json"',
    ),
    "header is missing": (
        f'{ECHO}\nThen the response header "X-None" contains "a"',
        'There is no response header "X-None"\n  expected:   contains "a"\n  found:      nothing\n'
        "  nearest:    the response has the headers ",
    ),
    "body differs": (
        f'{PRODUCT}\nThen the response body contains "photo scan"',
        'The response body does not contain "photo scan"\n  expected:   contains "photo scan"\n',
    ),
    "schema differs": (
        f'{PRODUCT}\nThen the response matches the schema "no-product.schema.json"',
        "The response does not match the schema no-product.schema.json",
    ),
    "schema fits": (
        f'{PRODUCT}\nThen the response does not match the schema "product-details.schema.json"',
        "the response matches the schema product-details.schema.json, and should not",
    ),
    "golden differs": (
        f'{PRODUCT}\nThen the response equals the golden message "other.xml"',
        "The response differs from the golden message other.xml, 1 difference:",
    ),
    "too late": (
        f"{PRODUCT}\nThen the response arrives within 0 seconds",
        "the response arrived after ",
    ),
    "no call": ("Then the response status is 200", "no call was made yet in this scenario"),
    "no document": (
        'When I send a GET request to the iFlow "/no/such/address"\nThen the response value at "$.a" is "b"',
        "The response is an HTML page titled HTTP Status 404",
    ),
}


def scenario(title: str, steps: str) -> str:
    """Return a scenario of a feature."""
    lines = "".join(f"    {line}\n" for line in steps.splitlines())
    return f"  Scenario: {title}\n{lines}"


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run with every phrase, fitting and not fitting."""
    project = new_project()
    scenarios = [scenario(*item) for item in GOOD.items()]
    scenarios += [scenario(title, steps) for title, (steps, _) in BAD.items()]
    project.write("features/responses.feature", "Feature: Responses\n" + "".join(scenarios))
    golden = PAYLOADS / "product-HT-1080.xml"
    project.write(f"features/{golden.name}", golden.read_text(encoding="utf-8"))
    other = golden.read_text(encoding="utf-8").replace("51.000", "52.000")
    project.write("payloads/other.xml", other)
    return project.run("--tenant=local", "-q")


@pytest.mark.parametrize("title", GOOD)
def test_a_response_that_is_as_expected_passes(run: InnerRun, title: str) -> None:
    """JSON and XML alike."""
    found = run.scenarios()[title]
    assert found["status"] == "passed", found["message"]


@pytest.mark.parametrize("title", BAD)
def test_a_response_that_is_not_as_expected_fails_with_both(run: InnerRun, title: str) -> None:
    """What is, what should be; failed rather than broken."""
    found = run.scenarios()[title]
    assert found["status"] == "failed"
    assert found["message"].startswith(BAD[title][1])
