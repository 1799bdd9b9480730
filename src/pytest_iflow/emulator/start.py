"""What a start of the landscape takes and gives: a profile, the addresses, the ready line, or an error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DEFAULT_PROFILE = "2022"


class StartError(Exception):
    """A port or a folder that cannot be used; the text says which, and what to do next."""


class NamedBundleError(StartError):
    """A bundle of the tenant file that cannot be run; the text says which key, and why."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How the landscape behaves where tenants differ; the default is the newer record.

    ``runtime_401`` is the generation of the runtime's challenge (wire-facts 4.4), ``bad_credentials``
    the ``error`` of the token service for a wrong id or secret (wire-facts 3.5), ``query_strings`` whether
    that service takes parameters from the query (wire-facts 3.1, 3.5), ``mpl_header`` whether
    answers name their message log (wire-facts 4.2), ``no_content`` whether an answer without content is a 204
    rather than a 200 (wire-facts 4.1). The times are seconds: from the start of a deployed flow
    until its endpoint is listed, for which a token is good (None: as its instance says), until a log can be
    read, and up to how much longer, until the runtime knows of a client's roles (wire-facts 2.3), by which
    the clock of the landscape is ahead, for which a deployment goes on, and for which an undeployment and the
    deletion of a package do. ``deploy_failure`` is the share of deployments that end in ERROR.
    """

    runtime_401: Literal["2020", "2022"] = "2022"
    bad_credentials: Literal["unauthorized", "invalid_client"] = "invalid_client"
    query_strings: bool = True
    mpl_header: bool = True
    no_content: bool = True
    endpoint_delay: float = 0.0
    token_validity: float | None = None
    log_delay: float = 0.0
    log_jitter: float = 0.0
    role_delay: float = 0.0
    clock_skew: float = 0.0
    deploy_delay: float = 0.0
    undeploy_delay: float = 0.0
    deploy_failure: float = 0.0


class ProfileError(StartError):
    """A profile that does not exist; the text names those that do."""


REAL = "real"
"""The profile whose times are those of a tenant."""

PROFILES = {
    # Apache Camel 2 knew no 204 (wire-facts 4.1).
    "2020": Profile(runtime_401="2020", bad_credentials="unauthorized", no_content=False),
    "2022": Profile(),
    # An observation of 2026: a success named no message log (wire-facts 4.2).
    "2026": Profile(mpl_header=False),
    # The newer record with times as tenants have them (wire-facts 5.10). In the other profiles nothing takes
    # time, so that a suite is quick.
    REAL: Profile(log_delay=0.5, log_jitter=4.5, endpoint_delay=30.0, deploy_delay=10.0, undeploy_delay=3.0),
    # The token service may be configured so (wire-facts 3.1, 3.5); which tenants are is not known.
    "no-query-strings": Profile(query_strings=False),
}
"""The profiles by the year of the newest record that they follow, or by what sets them apart."""


def profile_named(name: str) -> Profile:
    """Return the profile of a name; raises ProfileError."""
    if name not in PROFILES:
        raise ProfileError(f'There is no profile "{name}". The profiles are {", ".join(PROFILES)}.')
    return PROFILES[name]


@dataclass(frozen=True, slots=True)
class Planes:
    """Base URLs without a trailing slash, as the hosts of wire-facts 2.4.

    ``token`` issues tokens, ``runtime`` runs the iFlows, ``api`` is the host without ``-rt``;
    ``products`` is the receiver behind the product flows, plain http, of no concern to a client.
    """

    token: str
    runtime: str
    api: str
    products: str

    @property
    def token_url(self) -> str:
        """The token endpoint, as ``tokenurl`` of a service key names it (wire-facts 2.1)."""
        return f"{self.token}/oauth/token"

    @property
    def token_keys_url(self) -> str:
        """Where the keys stand that tokens are verified with (wire-facts 3.3)."""
        return f"{self.token}/token_keys"


@dataclass(frozen=True, slots=True)
class Ready:
    """Where the planes, the folder of the keys, the key of the first client, and the CA certificate are."""

    planes: Planes
    keys: Path
    first_key: Path
    ca: Path

    def line(self) -> str:
        """Return one line of JSON for the process that started this one; it holds no secret."""
        ready = {
            "token": self.planes.token,
            "runtime": self.planes.runtime,
            "api": self.planes.api,
            "keys": str(self.keys),
            "ca": str(self.ca),
        }
        return json.dumps(ready) + "\n"
