"""The category of a failure: by the cause that the diagnosis names, else by the kind of the error."""

from __future__ import annotations

import re

from pytest_bdd.exceptions import StepDefinitionNotFoundError

from pytest_iflow.diagnosis import processing
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.errors import (
    CallError,
    CheckError,
    ConfigurationError,
    FeatureFileError,
    IflowError,
    MonitoringError,
    MonitoringProblem,
    TokenError,
)
from pytest_iflow.reporting.allure.categories import (
    CATEGORY_OF_CAUSE,
    CHECK,
    GATEWAY,
    NETWORK,
    TENANT,
    TEST_DATA,
    TOKEN,
    Category,
)

_OF_KIND: tuple[tuple[type[BaseException], Category], ...] = (
    (TokenError, TOKEN),
    (CallError, NETWORK),
    (ConfigurationError, TEST_DATA),
    (FeatureFileError, TEST_DATA),
    (StepDefinitionNotFoundError, TEST_DATA),
    (AssertionError, CHECK),
)

_OF_MONITORING: dict[MonitoringProblem, Category] = {
    "refused": TOKEN,
    "forbidden": TENANT,
    "rate-limited": GATEWAY,
    "unavailable": TENANT,
    "not-odata": GATEWAY,
    "not-found": TENANT,
    "no-answer": NETWORK,
}

_NAMED = re.compile(r"^why +(?:certain|likely|possible): ([a-z0-9-]+)\. ", re.MULTILINE)
"""The first cause in the block that ``diagnosis.explanation`` writes."""

_FAILED_MESSAGE = "the message failed, expected"
"""How ``monitoring.verdict`` begins the error of a message that should not have; its error text follows."""

_UNEXPLAINED = "flow-failed"
"""The cause of a message that failed with an error text that says nothing to us."""


def cause_of(error: BaseException) -> str:
    """Return the id of the likeliest cause of a failure; empty where none is known."""
    for note in getattr(error, "__notes__", ()):
        if named := _NAMED.search(note):
            return named.group(1)
    if isinstance(error, IflowError) and error.cause in CATEGORY_OF_CAUSE:
        return error.cause or ""
    if isinstance(error, CheckError) and error.what.startswith(_FAILED_MESSAGE):
        facts = Facts(log_error=error.what)
        found = {cause.id: cause for cause in processing.CAUSES if cause.predicate(facts)}
        kept = (name for name, cause in found.items() if found.keys().isdisjoint(cause.yields_to))
        return next(kept, _UNEXPLAINED)
    return ""


def category_of(error: BaseException) -> Category | None:
    """Return where the cause of a failure lies; None for errors that no kind is known of."""
    if cause := cause_of(error):
        return CATEGORY_OF_CAUSE[cause]
    if isinstance(error, MonitoringError):
        return _OF_MONITORING[error.kind]
    return next((category for kind, category in _OF_KIND if isinstance(error, kind)), None)
