"""The category of a failure: by the cause that the diagnosis names, else by the kind of the error."""

from __future__ import annotations

from pytest_bdd.exceptions import StepDefinitionNotFoundError

from pytest_iflow.errors import (
    CallError,
    ConfigurationError,
    FeatureFileError,
    MonitoringError,
    MonitoringProblem,
    TokenError,
    cause_of,
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


def category_of(error: BaseException) -> Category | None:
    """Return where the cause of a failure lies; None for errors that no kind is known of."""
    if category := CATEGORY_OF_CAUSE.get(cause_of(error)):
        return category
    if isinstance(error, MonitoringError):
        return _OF_MONITORING[error.kind]
    return next((category for kind, category in _OF_KIND if isinstance(error, kind)), None)
