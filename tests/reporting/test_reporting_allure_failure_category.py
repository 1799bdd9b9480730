"""Where the cause of a failure lies."""

from __future__ import annotations

import pytest
from pytest_bdd.exceptions import StepDefinitionNotFoundError

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
from pytest_iflow.reporting.allure.failure_category import category_of


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
