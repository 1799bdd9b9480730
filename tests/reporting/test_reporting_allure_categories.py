"""Where the cause of a failure lies."""

from __future__ import annotations

import re

import pytest
from pytest_bdd.exceptions import StepDefinitionNotFoundError

from pytest_iflow.diagnosis.findings import CAUSES
from pytest_iflow.errors import (
    CallError,
    CheckError,
    ConfigurationError,
    FeatureFileError,
    MissingCredentialError,
    MonitoringError,
    MonitoringProblem,
    TokenError,
    cause_of,
    note_cause,
)
from pytest_iflow.reporting.allure.categories import (
    _CAUSE_CATEGORIES,
    CATEGORIES,
    categories_of_causes,
    category_of,
    category_rules,
)


def test_every_cause_of_the_diagnosis_lies_somewhere() -> None:
    """A new one too; what is said of single causes is said of causes that there are."""
    assert categories_of_causes().keys() == CAUSES.keys()
    assert set(categories_of_causes().values()) <= set(CATEGORIES)
    assert CAUSES.keys() >= _CAUSE_CATEGORIES.keys()


def test_causes_lie_where_a_tester_would_look() -> None:
    """One of each kind."""
    expected = {
        "bad-credentials": "token",
        "certificate-expired": "token",
        "wrong-audience": "token",
        "dns": "network",
        "rate-limited": "gateway",
        "runtime-unavailable": "tenant",
        "flow-not-deployed": "tenant",
        "missing-role": "tenant",
        "receiver-not-reached": "receiver",
        "wrong-address": "test-data",
        "missing-field": "test-data",
    }
    assert {cause: categories_of_causes()[cause].id for cause in expected} == expected


def test_each_rule_matches_its_own_category_only() -> None:
    """One id is no part of another; names are what the report shows, so they differ."""
    rules = category_rules()
    for category in CATEGORIES:
        fitting = [rule for rule in rules if re.search(rule["matchers"]["labels"]["category"], category.id)]
        assert [rule["id"] for rule in fitting] == [category.id]
    assert len({rule["name"] for rule in rules}) == len(CATEGORIES)


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (TokenError("no token"), "token"),
        (CallError("no answer"), "network"),
        (ConfigurationError("no such tenant"), "test-data"),
        (MissingCredentialError("no key"), "test-data"),
        (FeatureFileError("no scenario"), "test-data"),
        (StepDefinitionNotFoundError("no such step"), "test-data"),
        (CheckError("status 200, expected 201"), "check"),
        (AssertionError("1 == 2"), "check"),
        (CheckError("the message failed", cause="flow-failed"), "tenant"),
        (CheckError("wrong", cause="an id of the suite"), "check"),
        (RuntimeError("the tool broke"), None),
    ],
)
def test_an_error_without_a_diagnosis_goes_by_its_kind(error: BaseException, category: str | None) -> None:
    """What nobody knows stays with Allure's own categories."""
    found = category_of(error)
    assert (found.id if found else None) == category


@pytest.mark.parametrize(
    ("kind", "category"),
    [("refused", "token"), ("rate-limited", "gateway"), ("no-answer", "network"), ("forbidden", "tenant")],
)
def test_an_api_that_does_not_say_goes_by_its_reason(kind: MonitoringProblem, category: str) -> None:
    """It may be out of reach, or refuse."""
    found = category_of(MonitoringError("not told", kind=kind))
    assert found is not None
    assert found.id == category


@pytest.mark.parametrize("error", [CheckError("status 0, expected 200"), AssertionError("0 == 200")])
def test_the_cause_that_the_diagnosis_names_counts_more_than_the_kind(
    error: CheckError | AssertionError,
) -> None:
    """A check that failed for a name that is not known is no matter of the check."""
    note_cause(error, "dns")
    found = category_of(error)
    assert cause_of(error) == "dns"
    assert found is not None
    assert found.id == "network"


def test_a_cause_that_the_error_knows_counts_too() -> None:
    """A token request that got no answer is no matter of the token."""
    error = TokenError("no answer", cause="connection-refused")
    found = category_of(error)
    assert found is not None
    assert (cause_of(error), found.id) == ("connection-refused", "network")
