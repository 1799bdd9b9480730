"""Who may use the API, for what, and how often."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from http import HTTPStatus

from pytest_iflow.emulator.api.credentials import CREDENTIALS
from pytest_iflow.emulator.api.design_sets import DEPLOYMENTS, DESIGN_FUNCTIONS, DESIGN_SETS
from pytest_iflow.emulator.api.entity_sets import RUNTIME_SETS
from pytest_iflow.emulator.api.keystore_sets import KEYSTORE_NAMES
from pytest_iflow.emulator.api.operation_sets import (
    DATA_STORE_SETS,
    NUMBER_RANGE_SET,
    SECURITY_SETS,
    VARIABLE_SET,
)
from pytest_iflow.emulator.api.partner_directory import PARTNER_NAMES
from pytest_iflow.emulator.authentication import BearerVerifier, Caller, InvalidTokenError, basic_caller
from pytest_iflow.emulator.counters import RateLimit
from pytest_iflow.emulator.instances import api_application
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.resource_path import Segment

BATCH = "$batch"
READ_METHODS = frozenset({"GET", "HEAD"})
DEPLOY_ROLE = "WorkspaceArtifactsDeploy"
# Of wire-facts 5.4, by the first name of the path.
CHANGE_ROLES = {
    **dict.fromkeys(CREDENTIALS, "CredentialsEdit"),
    **dict.fromkeys(("DataStores", "DataStoreEntries", "Variables"), "DataStoresAndQueuesDelete"),
    **dict.fromkeys(KEYSTORE_NAMES, "SecurityMaterialEdit"),
    "NumberRanges": "MonitoringArtifactsDeploy",
}
EDIT_ROLE = "WorkspacePackagesEdit"
CONFIGURE_ROLE = "WorkspacePackagesConfigure"
PAYLOAD_ROLE = "MessagePayloadsRead"
STORE_PAYLOAD_ROLE = "DataStorePayloadsRead"
WITH_PAYLOAD = frozenset(
    {"Attachments", "MessageProcessingLogAttachments", "MessageStoreEntries", "TraceMessages"}
)
# That endpoints count as runtime artifacts, and deploying as design time, is assumed.
_DESIGN_TIME = {each.name for each in DESIGN_SETS} | {each.name for each in DESIGN_FUNCTIONS}


class ApiGate:
    """Knows callers by a token of plan ``api``, or by id and secret of such a client (wire-facts 5.1)."""

    def __init__(self, landscape: Landscape) -> None:
        self._landscape = landscape
        self._application = api_application()
        self._bearer = BearerVerifier(landscape.signing_key, self._application, landscape.now)

    def caller(self, authorization: str) -> Caller:
        """Return the caller behind an ``Authorization`` header; raises ODataError (401).

        Assumed: what the live API says without a good token is not on record.
        """
        if is_basic(authorization):
            caller = basic_caller(authorization, self._application, self._landscape)
            if caller is None:
                raise ODataError(HTTPStatus.UNAUTHORIZED, "Bad credentials")
            return caller
        _, _, token = authorization.partition(" ")
        try:
            return self._bearer.verify(token.strip())
        except InvalidTokenError as error:
            raise ODataError(HTTPStatus.UNAUTHORIZED, str(error)) from error

    def require(self, caller: Caller, role: str | None) -> None:
        """Raise ODataError (403, its text null as observed, wire-facts 5.1) if the caller lacks a role."""
        if role is not None and f"{self._application}.{role}" not in caller.scopes:
            raise ODataError(HTTPStatus.FORBIDDEN, None)


def is_basic(authorization: str) -> bool:
    """Tell whether a caller sends id and secret; such a caller needs a CSRF token to write."""
    return authorization.partition(" ")[0].lower() == "basic"


@dataclass(frozen=True, slots=True)
class Area:
    """Entity sets with one role to read them (wire-facts 5.4) and common limits (wire-facts 5.5).

    ``per_tenant`` and ``per_user`` are requests a second.
    """

    name: str
    role: str
    per_tenant: int
    per_user: int


MESSAGE_LOGS = Area("Message processing logs", "MonitoringDataRead", 1000, 100)
RUNTIME_ARTIFACTS = Area("Runtime artifacts", "MonitoringDataRead", 120, 50)
DESIGN_TIME_ARTIFACTS = Area("Design time artifacts", "WorkspacePackagesRead", 15, 10)
SECURITY_CONTENT = Area("Security content", "MonitoringDataRead", 12, 10)
# The role of number ranges and the limits of stores and variables are assumed.
NUMBER_RANGES = Area("Number ranges", "MonitoringDataRead", 10, 5)
DATA_STORES = Area("Data stores and queues", "DataStoresAndQueuesRead", 1000, 100)
PARTNERS = Area("Partner directory", "AuthGroup_TenantPartnerDirectoryConfigurator", 50, 25)
VARIABLES = Area("Variables", STORE_PAYLOAD_ROLE, 1000, 100)
_AREAS = {
    **dict.fromkeys((each.name for each in RUNTIME_SETS), RUNTIME_ARTIFACTS),
    **dict.fromkeys(_DESIGN_TIME, DESIGN_TIME_ARTIFACTS),
    **dict.fromkeys((*(each.name for each in SECURITY_SETS), *KEYSTORE_NAMES), SECURITY_CONTENT),
    **dict.fromkeys((each.name for each in DATA_STORE_SETS), DATA_STORES),
    **dict.fromkeys(PARTNER_NAMES, PARTNERS),
    NUMBER_RANGE_SET.name: NUMBER_RANGES,
    VARIABLE_SET.name: VARIABLES,
}


def area_of(path: list[Segment]) -> Area:
    """Return the area of a resource path; documents and unknown names are among message logs (assumed)."""
    return _AREAS.get(path[0].name if path else "", MESSAGE_LOGS)


def required_role(method: str, path: list[Segment]) -> str | None:
    """Return the role that a request needs (wire-facts 5.4); None for the documents of the service.

    A batch needs none of its own: each of its parts is judged.
    """
    names = [segment.name for segment in path]
    if not names or names[0] in {"$metadata", BATCH}:
        return None
    area = area_of(path)
    if method not in READ_METHODS and area is not PARTNERS:
        return _role_to_change(names)
    if names[-1] == "$value" and WITH_PAYLOAD & set(names):
        return PAYLOAD_ROLE
    if names[-1] == "$value" and area is DATA_STORES:
        return STORE_PAYLOAD_ROLE
    return area.role


def _role_to_change(names: list[str]) -> str:
    if names[0] in CHANGE_ROLES:
        return CHANGE_ROLES[names[0]]
    if names[-1] == "Configurations":
        return CONFIGURE_ROLE
    return EDIT_ROLE if names[0] in _DESIGN_TIME - DEPLOYMENTS.keys() else DEPLOY_ROLE


class RateLimits:
    """The limits of each area, for the tenant as a whole and for each user; ``clock`` as in RateLimit.

    ``refused`` tallies requests that were one too many, by area.

    It is assumed that a request which is too many for its user does not count for the tenant, and that
    the answer has no ``Retry-After``.
    """

    def __init__(self, refused: Counter[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._refused = refused
        self._clock = clock
        self._limits: dict[tuple[str, str | None], RateLimit] = {}

    def admit(
        self, area: Area, client_id: str, connection: Hashable = None, open_connections: int = 0
    ) -> None:
        """Let a request of a client in; raises ODataError (429) if it is one too many.

        The last two are those of ``RateLimit.retry_after``.
        """
        for user, limit in ((client_id, area.per_user), (None, area.per_tenant)):
            limits = self._limits.setdefault((area.name, user), RateLimit(limit, self._clock))
            if limits.retry_after(connection, open_connections) is not None:
                self._refused[area.name] += 1
                raise ODataError(
                    HTTPStatus.TOO_MANY_REQUESTS, "Too many requests. Server's rate limit exceeded."
                )
