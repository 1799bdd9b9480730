"""A run says once which formats of its schemas nobody checked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: Formats

      Scenario Outline: a code
        When I send a POST request to the iFlow "/echo" with the body:
          '''
          {"code": "<code>"}
          '''
        Then the response matches the schema "code.json"

        Examples:
          | code |
          | x    |
          | y    |
          | z    |

      Scenario: known formats alone
        When I send a GET request to the iFlow "/echo"
        Then the response matches the schema "known.json"
    """
LINE = "iban (code.json)"


@pytest.fixture(scope="module", params=[(), ("-n2",)], ids=["one process", "two workers"])
def outcome(new_project: Callable[[], InnerProject], request: pytest.FixtureRequest) -> InnerRun:
    """Run it with and without workers."""
    project = new_project()
    project.write("schemas/code.json", json.dumps({"properties": {"body": {"format": "iban"}}}))
    project.write("schemas/known.json", json.dumps({"properties": {"body": {"format": "uri-reference"}}}))
    project.write("features/formats.feature", FEATURE.replace("'''", '"""'))
    return project.run("--tenant=local", *request.param)


def test_the_terminal_names_them_once(outcome: InnerRun) -> None:
    """However many scenarios use the schema; the run is good all the same."""
    assert outcome.code == 0
    assert outcome.out.splitlines().count(LINE) == 1
    assert "parts of JSON Schema that are not checked" in outcome.out


def test_the_summary_names_them(outcome: InnerRun) -> None:
    """For machines and for people."""
    assert outcome.summary()["unchecked_formats"] == [LINE]
    assert LINE in outcome.files()["reports/local/dev/summary.html"]
