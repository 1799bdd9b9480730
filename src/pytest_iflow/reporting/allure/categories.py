"""Failures by where their cause lies, as categories of Allure: by the known cause, else by the error."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct
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

CATEGORY_LABEL = "category"
CAUSE_LABEL = "cause"
"""Labels of a result: the id of its category, and of the cause that the diagnosis found."""


class Category(Struct, frozen=True):
    """Where a cause lies; ``name`` is what the report shows. ``has_causes``: most failures name one."""

    id: str
    name: str
    has_causes: bool = True


TOKEN = Category("token", "Token: no access token, or one that was refused")
NETWORK = Category("network", "Network: no connection, no answer, TLS")
GATEWAY = Category("gateway", "Gateway: limits, proxies and what else stands before the tenant")
TENANT = Category("tenant", "Tenant: deployment, roles, or the iFlow itself")
RECEIVER = Category("receiver", "Receiver: the system behind the iFlow")
CHECK = Category("check", "Check: the answer is not what the feature expects", has_causes=False)
TEST_DATA = Category("test-data", "Test data: what the suite sends, and how it is set up", has_causes=False)
CATEGORIES = (TOKEN, NETWORK, GATEWAY, TENANT, RECEIVER, CHECK, TEST_DATA)
_SUBJECT_CATEGORIES = {
    "The token request": TOKEN,
    "The client certificate": TOKEN,
    "The token of a call": TOKEN,
    "Issuer and audience of the token": TOKEN,
    "Roles": TENANT,
    "The address": TENANT,
    "Network and TLS": NETWORK,
    "Gateways and limits": GATEWAY,
    "The message": TENANT,
    "Clocks and clients": TEST_DATA,
}
"""Where the causes of a subject lie, if nothing is said of them below."""

_CAUSE_CATEGORIES = {
    "personal-user": TEST_DATA,
    "wrong-address": TEST_DATA,
    "wrong-case-in-address": TEST_DATA,
    "soap-flow-under-http": TEST_DATA,
    "odata-flow-under-http": TEST_DATA,
    "login-page": TEST_DATA,
    "api-key-on-runtime": TEST_DATA,
    "request-not-sendable": TEST_DATA,
    "runtime-unavailable": TENANT,
    "empty-body": TEST_DATA,
    "body-not-json": TEST_DATA,
    "missing-field": TEST_DATA,
    "body-too-large": TEST_DATA,
    "duplicate-id": TEST_DATA,
    "receiver-unavailable": RECEIVER,
    "receiver-not-reached": RECEIVER,
}
_ERROR_CATEGORIES: tuple[tuple[type[BaseException], Category], ...] = (
    (TokenError, TOKEN),
    (CallError, NETWORK),
    (ConfigurationError, TEST_DATA),
    (FeatureFileError, TEST_DATA),
    (StepDefinitionNotFoundError, TEST_DATA),
    (AssertionError, CHECK),
)
_MONITORING_CATEGORIES: dict[MonitoringProblem, Category] = {
    "refused": TOKEN,
    "forbidden": TENANT,
    "rate-limited": GATEWAY,
    "unavailable": TENANT,
    "not-odata": GATEWAY,
    "not-found": TENANT,
    "no-answer": NETWORK,
}


@cache
def categories_of_causes() -> Mapping[str, Category]:
    """Return the category of every cause of the diagnosis, by its id."""
    from pytest_iflow.diagnosis.findings import SUBJECTS

    return {
        cause.id: _CAUSE_CATEGORIES.get(cause.id, _SUBJECT_CATEGORIES[subject])
        for subject, causes in SUBJECTS.items()
        for cause in causes
    }


def category_rules() -> list[dict[str, Any]]:
    """Return the categories for Allure's configuration."""
    return [
        {
            "id": category.id,
            "name": category.name,
            "matchers": {"labels": {CATEGORY_LABEL: f"^{category.id}$"}},
            "groupBy": [{"label": CAUSE_LABEL}] if category.has_causes else [],
            "expand": True,
        }
        for category in CATEGORIES
    ]


def category_of(error: BaseException) -> Category | None:
    """Return where the cause of a failure lies; None for errors that no kind is known of."""
    if (cause := cause_of(error)) and (category := categories_of_causes().get(cause)):
        return category
    if isinstance(error, MonitoringError):
        return _MONITORING_CATEGORIES[error.kind]
    return next((category for kind, category in _ERROR_CATEGORIES if isinstance(error, kind)), None)
