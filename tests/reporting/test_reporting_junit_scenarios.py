"""What junit.xml says of a scenario beyond pytest's own words."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from pytest_iflow.reporting.junit.scenarios import xray_properties
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    @REQ_CALC-7 @REQ-3
    Feature: Für alle
      @TEST_ABC-12 @smoke
      Scenario: good
        Given an access token
      Scenario: wrong \x1b[31m
        When I send a POST request to the iFlow "a\x07b"
"""


@pytest.mark.parametrize(
    ("tags", "properties"),
    [
        ((), {}),
        (("smoke", "ABC-12", "REQUEST-1", "TEST_abc-1"), {}),
        (("TEST_ABC-12",), {"test_key": "ABC-12"}),
        (("TEST_ABC-12", "TEST_ABC-13"), {"test_key": "ABC-12"}),
        (("REQ-7", "REQ_CALC-1", "smoke", "slow"), {"requirements": "REQ-7,CALC-1", "tags": "smoke,slow"}),
    ],
)
def test_tags_name_the_issues_of_xray(tags: tuple[str, ...], properties: dict[str, str]) -> None:
    """Other tags become labels of the issue, but of none where no issue is named."""
    assert dict(xray_properties(tags)) == properties


ATTRIBUTES = {"classname", "name", "time", "file", "line"}
CHILDREN = ["properties", "skipped", "error", "failure", "system-out", "system-err"]
"""Of a test case, in their order: what Jenkins, Azure, GitLab and Xray read (schema junit-10, with Xray's
properties and GitLab's place)."""


def cases(path: Path) -> dict[str | None, etree._Element]:
    """Return the test cases of the document by name."""
    return {case.get("name"): case for case in etree.parse(path).getroot().iter("testcase")}


def properties_of(case: etree._Element) -> dict[str | None, str | None]:
    """Return the properties of a test case."""
    return {each.get("name"): each.get("value") for each in case.iter("property")}


def test_scenarios_have_places_and_issues(project: InnerProject) -> None:
    """Under xdist, too; whatever a call says, the document is XML, and other tests are left alone."""
    project.write("features/a.feature", FEATURE)
    project.write("test_plain.py", "def test_plain():\n    pass\n")
    run = project.run("--tenant=local", "-q", "-n", "2", "--junitxml=elsewhere/results.xml")
    assert run.code == 1
    suite = etree.parse(project.root / "elsewhere/results.xml").getroot()[0]
    assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} <= set(suite.attrib)
    for case in suite:
        assert set(case.attrib) <= ATTRIBUTES
        children = [child.tag for child in case]
        assert children == [tag for tag in CHILDREN if tag in children]
    found = cases(project.root / "elsewhere/results.xml")
    assert found["good"].get("file") == "features/a.feature"
    assert found["good"].get("line") == "4"
    assert properties_of(found["good"]) == {
        "test_key": "ABC-12",
        "requirements": "CALC-7,REQ-3",
        "tags": "smoke",
    }
    failed = next(case for case in found.values() if case.find("failure") is not None or len(case) > 1)
    assert failed.get("line") == "6"
    assert set(found["test_plain"].attrib) == {"classname", "name", "time"}
    assert found["test_plain"].find("properties") is None
