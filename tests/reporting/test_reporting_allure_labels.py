"""What tags mean to Allure; how it looks in a report is tested with the listener."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest
from allure_pytest.utils import ALLURE_LINK_MARK

from pytest_iflow.gherkin.collector import CollectedScenario
from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.reporting.allure.labels import allure_marks
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

NOTATIONS = """
    @allure.label.owner:Ada @allure.label.epic=Orders
    Feature: Notations of behave and Cucumber
      @allure.id:7 @allure.label.layer=rest:api @allure.severity:critical @allure.suite:Mine
      @allure.issue:ABC-1 @allure.tms=https://tms.example/T-1 @allure.link.wiki:https://wiki.example/a?b=c
      @allure.something
      Scenario: labelled
        Given an access token
    """

FEATURE = """
    Feature: Orders
      @blocker @ABC-1 @XY9-77 @plain @skip(later) @jira:ABC-3
      Scenario: many tags
        Given an access token
      @abc-2 @ABC-x @minor
      Scenario: no issue
        Given an access token
    """


def test_allures_own_options_select_by_feature_and_severity(project: InnerProject) -> None:
    """The labels are there at collection."""
    project.write("features/orders.feature", FEATURE)
    project.write("features/more.feature", FEATURE.replace("Orders", "More"))
    by_feature, by_severity, by_both = project.collect(
        ["--allure-features=Orders"],
        ["--allure-severities=minor"],
        ["--allure-label", "tag=skip(later)", "--allure-label", "tag=jira:ABC-3"],
    )
    assert by_feature.collected() == ["orders.feature::many tags", "orders.feature::no issue"]
    assert by_severity.collected() == ["more.feature::no issue", "orders.feature::no issue"]
    assert by_both.collected() == ["more.feature::many tags", "orders.feature::many tags"]


@pytest.mark.parametrize(
    ("pattern", "url"), [([], "ABC-1"), ([["issue", "https://x/{}"]], "https://x/ABC-1")]
)
def test_only_keys_of_issues_become_links(tmp_path: Path, pattern: list[list[str]], url: str) -> None:
    """Capital letters, a dash, a number; the address is what Allure's option makes of it."""
    path = tmp_path / "orders.feature"
    path.write_text(dedent(FEATURE), encoding="utf-8")
    source = read_feature_file(path, "orders.feature")
    config: Any = SimpleNamespace(option=SimpleNamespace(allure_link_pattern=pattern))
    links = [
        [(mark.args[0], mark.kwargs["name"]) for mark in marks if mark.name == ALLURE_LINK_MARK]
        for marks in (allure_marks(CollectedScenario(source, one, None), config) for one in source.scenarios)
    ]
    assert links == [[(url, "ABC-1"), (url.replace("ABC-1", "XY9-77"), "XY9-77")], []]


def test_tags_in_the_notation_of_allures_adaptors_are_labels_and_links(project: InnerProject) -> None:
    """They come from behave or Cucumber; none is a mark."""
    project.write("features/notations.feature", NOTATIONS)
    run = project.run("--tenant=local", "-q", "--allure-link-pattern=issue:https://issues.example/{}")
    assert run.code == 0, run.text
    result = run.results()["labelled"]
    labels = {(label["name"], label["value"]) for label in result["labels"]}
    assert labels >= {
        ("owner", "Ada"),
        ("epic", "Orders"),
        ("as_id", "7"),
        ("layer", "rest:api"),
        ("severity", "critical"),
        ("suite", "Mine"),
        ("tag", "allure.something"),
        ("feature", "Notations of behave and Cucumber"),
    }
    assert {value for name, value in labels if name == "tag"} == {"allure.something"}
    assert {(link["type"], link["name"], link["url"]) for link in result["links"]} == {
        ("issue", "ABC-1", "https://issues.example/ABC-1"),
        ("tms", "https://tms.example/T-1", "https://tms.example/T-1"),
        ("link", "wiki", "https://wiki.example/a?b=c"),
    }
