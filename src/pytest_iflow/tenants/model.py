"""Tenants, their environments, and what the suite needs to know of each.

Facts only, as they stand in a tenant file; secrets stay behind the reference in ``Client.service_key``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from pytest_iflow.errors import ConfigurationError, suggestion
from pytest_iflow.tenants.masking_rules import AnonymiseRules, MaskingRules

EMULATOR = "emulator:"
"""What a reference to a file begins with that the emulator writes at its start."""


class Timeouts(Struct, frozen=True):
    """Patience in seconds: to connect, between two bytes of an answer, until a message log is final.

    ``answer`` is how long an answer may take in all; None is three times ``read``.
    """

    connect: float = 10.0
    read: float = 60.0
    log: float = 120.0
    answer: float | None = None

    @property
    def complete(self) -> float:
        """Seconds after which an answer that still comes is given up."""
        return 3 * self.read if self.answer is None else self.answer


MEGABYTE = 1024 * 1024
DEFAULT_PARSED = 40 * MEGABYTE
"""SAP recommends no larger messages (wire-facts 7)."""


class Limits(Struct, frozen=True):
    """The largest ``response`` that is read, in bytes after unpacking; ``calls`` of iFlows in a second.

    ``parsed`` is the largest response, in bytes, that is read as JSON or XML. Without a limit for the calls,
    ``calls`` is 0.
    """

    response: int = 256 * MEGABYTE
    calls: float = 0.0
    parsed: int = DEFAULT_PARSED


class Trust(Struct, frozen=True):
    """How certificates of hosts are verified.

    With ``strict`` as this Python does it, which from 3.13 on refuses CAs that lack what RFC 5280 demands.
    With ``system_store`` the operating system decides (on Linux OpenSSL, with the CAs of the system).
    """

    strict: bool = True
    system_store: bool = False


class Client(Struct, frozen=True):
    """One OAuth client: a service instance of Process Integration Runtime, known by its service key.

    ``service_key`` is a reference, never the key: ``file:PATH``, ``env:NAME`` or ``emulator:FILE``.
    ``auth`` says where the token request carries the credentials (Basic header or form body),
    ``runtime_auth`` what a call to an iFlow carries (the token, or clientid and clientsecret).
    """

    name: str
    service_key: str
    auth: Literal["basic", "post"] = "basic"
    runtime_auth: Literal["bearer", "basic"] = "bearer"


class Iflow(Struct, frozen=True):
    """An integration flow under the name that features use.

    ``address`` is the path after ``/http`` (HTTPS sender, wire-facts 4.1), ``artifact`` the iFlow id,
    ``version`` the one that has to be deployed. With ``application_id`` every call brings a header
    ``SAP_ApplicationID`` of its own, by which its message log is found. ``csrf_protected`` says that its
    sender is: a HEAD that fetches a CSRF token then stops before the iFlow (wire-facts 4.5).
    """

    name: str
    address: str | None = None
    artifact: str | None = None
    application_id: bool = False
    version: str | None = None
    csrf_protected: bool = False


class EmulatorSettings(Struct, frozen=True):
    """How the emulator of an environment behaves.

    ``profile`` names the tenants that it is like, such as those of 2022 (None: as it likes), ``faults``
    what goes wrong, by name, in the unit of each, and ``seed`` decides which requests that hits. The
    emulator knows which profiles and faults there are.
    """

    profile: str | None = None
    seed: int = 0
    faults: Mapping[str, float] = field(default_factory=dict)


class BundleSource(Struct, frozen=True):
    """An exported iFlow or package that the local tenant runs; ``parameters`` are values by name."""

    path: Path
    parameters: Mapping[str, str] = field(default_factory=dict)


class Environment(Struct, frozen=True):
    """One stage of a tenant (dev, test, production) with its clients and iFlows.

    ``folder`` is what relative references start from; ``ca_bundle`` a path or ``emulator:FILE``;
    ``emulator`` None where the tenant file says nothing of it; ``bundles`` are run by the emulator;
    ``source`` is what errors call that file. With ``require_monitoring`` a scenario about message logs fails,
    rather than being skipped, without a key of plan api. ``debug_logs`` allows runs to have their messages
    logged at the level DEBUG. ``runtime_version`` is what the tenant's About page
    shows, as the file tells it: that a service gives it was not found. ``masking`` says which business data
    reports must not show, ``anonymise`` what recordings replace, that included.
    ``variables`` are texts that features name as ``${name}``; ``env:NAME`` stands for that variable's.
    ``files`` are folders outside of the suite that features may read. ``sha256`` is that of the tenant
    file as it was read; empty for a built-in tenant.
    """

    tenant: str
    name: str
    folder: Path
    clients: Mapping[str, Client]
    iflows: Mapping[str, Iflow] = field(default_factory=dict)
    timeouts: Timeouts = field(default_factory=Timeouts)
    limits: Limits = field(default_factory=Limits)
    ca_bundle: str | None = None
    trust: Trust = field(default_factory=Trust)
    protected: bool = False
    require_monitoring: bool = False
    debug_logs: bool = False
    emulator: EmulatorSettings | None = None
    bundles: Mapping[str, BundleSource] = field(default_factory=dict)
    runtime_version: str = ""
    source: str = ""
    masking: MaskingRules = field(default_factory=MaskingRules)
    anonymise: AnonymiseRules = field(default_factory=AnonymiseRules)
    variables: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    sha256: str = ""

    def __str__(self) -> str:
        return f"{self.tenant}/{self.name}"

    def client(self, name: str) -> Client:
        """Return a client by its name; raises ConfigurationError where there is none."""
        if name in self.clients:
            return self.clients[name]
        raise ConfigurationError(
            f'There is no client "{name}"',
            where=f"{self}, environments.{self.name}.clients of the tenant file",
            remedy=suggestion(name, self.clients),
        )


class Tenant(Struct, frozen=True):
    """A tenant of Cloud Integration with its environments, as its file describes it."""

    name: str
    environments: Mapping[str, Environment]
    description: str = ""
    default_environment: str | None = None
    path: Path | None = None
