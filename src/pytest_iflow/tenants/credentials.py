"""The service keys behind the references of an environment: where they lie, and how to get one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from pytest_iflow.errors import ConfigurationError, MissingCredentialError, suggestion
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.secrets.token_shapes import is_plain
from pytest_iflow.tenants.catalogue import SERVICE_KEY_VARIABLE
from pytest_iflow.tenants.model import EMULATOR, BundleSource, Client, Environment
from pytest_iflow.tenants.service_key import Plan, ServiceKey, parse_service_key
from pytest_iflow.tenants.suite_files import is_there, read_text


class KeyInFile(Struct, frozen=True):
    """A service key in a file of its own."""

    path: Path

    @property
    def source(self) -> str:
        """What errors call this place."""
        return f"file {self.path}"

    def read(self) -> str:
        """Return the text of the key; raises ConfigurationError when the file cannot be read."""
        return read_text(self.path)


@dataclass(frozen=True, slots=True)
class KeyInVariable:
    """A service key that an environment variable holds or, as a path from ``folder``, points to."""

    variable: str
    value: str = field(repr=False)
    folder: Path

    @property
    def source(self) -> str:
        """What errors call this place."""
        return f"environment variable {self.variable}"

    def read(self) -> str:
        """Return the text of the key; raises ConfigurationError when the variable points nowhere."""
        value = self.value.strip()
        # Quotes in front are a shell's mistake with JSON, which the parser of service keys explains. What cf
        # prints has other lines before the JSON.
        if value.startswith(("{", "[", '"', "'")) or '{"' in "".join(value.split()):
            return value
        # Without a home folder "~" stays as it is, where Path raises an error.
        path = os.path.expanduser(value) if value.startswith(("~/", "~\\")) else value  # noqa: PTH111
        try:
            return read_text(self.folder / path)
        except ConfigurationError as error:
            # Whatever is no path may be a secret put here by mistake: it is not shown.
            shown = f", file {self.folder / path}" if value.endswith(".json") else ""
            raise ConfigurationError(
                f"{self.variable} holds neither the JSON of a service key nor the path of a file with it. "
                f"{error.what}",
                where=f"{self.source}{shown}",
                remedy="Set it to the whole JSON, from the first { to the last }, or to the path of a file.",
            ) from None


_INDENT = "\n              "


def how_to_get_a_key(plan: Plan, file: Path | None, variable: str | None) -> str:
    """Return the steps from the cockpit to a key that is found in ``file`` or through ``variable``."""
    steps = [
        "1. In the SAP BTP cockpit open your subaccount > Instances and Subscriptions, find the instance of",
        f'   "SAP Process Integration Runtime" with plan {plan.value} (create it if there is none),',
        '   and choose "Create service key" in its menu. Copy the JSON that the key shows.',
    ]
    if file:
        steps.append(f"2. Save that JSON as {file}")
    if variable:
        steps += [
            "   or save it elsewhere and set a variable to its path:"
            if file
            else f"2. Save that JSON in a file that git ignores, and set {variable} to its path:",
            f"     Linux, macOS:  export {variable}=/path/to/my.service-key.json",
            f'     PowerShell:    $env:{variable} = "C:\\path\\to\\my.service-key.json"',
            f"   (a line {variable}=... in the file .env does the same; the JSON itself is a good value too)",
        ]
    steps.append("Without an SAP account: pytest --tenant=local")
    return _INDENT.join(steps)


LOCAL_FLOWS = "local-flows"
"""Folder beside a tenant file with flows that the suite brings for its local tenant."""

MONITORING = "monitoring"
"""Name that the client of plan api usually has."""

_FALLBACK_VARIABLES = {"default": SERVICE_KEY_VARIABLE, MONITORING: "IFLOW_API_KEY"}


def needs_emulator(environment: Environment) -> bool:
    """Tell whether an environment refers to what the emulator writes at its start."""
    references = [client.service_key for client in environment.clients.values()]
    return any(reference.startswith(EMULATOR) for reference in (*references, environment.ca_bundle or ""))


def exported_flows(environment: Environment) -> list[BundleSource]:
    """Return the bundles that the local tenant runs; none for any other tenant.

    Those of the folder ``local-flows`` come first; their ``parameters`` stand in a file beside each.
    """
    if not needs_emulator(environment):
        return []
    named = list(environment.bundles.values())
    folder = environment.folder / LOCAL_FLOWS
    if not folder.is_dir():
        return named
    from pytest_iflow.iflow_model.files import bundles_in

    return [*map(BundleSource, bundles_in(folder)), *named]


def _register_services(folder: Path, environ: Mapping[str, str]) -> None:
    """Have the passwords masked that scripts of exported iFlows get; a plain word is none, as in ``.env``."""
    if folder.is_dir():
        from pytest_iflow.iflow_engine.scripting.services import secrets_of

        for secret in secrets_of(folder, environ):
            if not is_plain(secret):
                register_secret(secret)


class Credentials:
    """The service keys of one environment, each read when it is first asked for.

    ``emulator_keys`` is the folder that a running emulator wrote its files to. A key counts that the tenant
    file names; one in a variable such as ``IFLOW_SERVICE_KEY`` only where the environment ``is_tested``.
    """

    def __init__(
        self,
        environment: Environment,
        environ: Mapping[str, str],
        emulator_keys: Path | None = None,
        *,
        is_tested: bool = True,
    ) -> None:
        self._is_tested = is_tested
        self._environment = environment
        self._environ = environ
        self._emulator_keys = emulator_keys
        self._keys: dict[str, ServiceKey] = {}
        if needs_emulator(environment):
            _register_services(environment.folder / LOCAL_FLOWS / "services", environ)

    def service_key(self, client_name: str) -> ServiceKey:
        """Return the service key of a client.

        Raises ConfigurationError when the environment has no such client or the key cannot be used,
        MissingCredentialError when there is no key.
        """
        if client_name not in self._keys:
            client = self._environment.client(client_name)
            location = self._locate(client)
            if location is None:
                raise self._missing(client)
            self._keys[client_name] = parse_service_key(location.read(), location.source)
        return self._keys[client_name]

    def read_all(self) -> None:
        """Read every service key that can be read, so that all secrets in them are masked from now on."""
        for name in self._environment.clients:
            with contextlib.suppress(ConfigurationError):
                self.service_key(name)

    def has(self, client_name: str) -> bool:
        """Tell whether there is such a client with a key, usable or not; the emulator's always are."""
        client = self._environment.clients.get(client_name)
        if client is None:
            return False
        return client.service_key.startswith(EMULATOR) or self._locate(client) is not None

    def api_client(self) -> str | None:
        """Return the client whose key is of plan api, which its key tells; None without such a key.

        "monitoring" is looked at first. Raises ConfigurationError when a key on the way cannot be used.
        """
        others = (name for name in self._environment.clients if name != MONITORING)
        for name in (MONITORING, *others):
            if self.has(name) and self.service_key(name).plan is Plan.API:
                return name
        return None

    def ca_bundle(self) -> Path | None:
        """Return the file with the certificate authorities to trust besides the usual ones, if any.

        Raises ConfigurationError when the environment names a file that does not exist.
        """
        reference = self._environment.ca_bundle
        if reference is None:
            return None
        if reference.startswith(EMULATOR):
            return self._of_emulator(reference)
        path = self._environment.folder / reference
        if is_there(path) and path.is_file():
            return path
        raise ConfigurationError(
            "The file of ca-bundle does not exist.",
            where=f"{self._environment}, file {path}",
            remedy="Save the company's certificate authorities there as PEM, or correct ca-bundle.",
        )

    def _locate(self, client: Client) -> KeyInFile | KeyInVariable | None:
        kind, _, target = client.service_key.partition(":")
        if kind == "emulator":
            return KeyInFile(self._of_emulator(client.service_key))
        if kind == "file" and is_there(path := self._path(target)):
            return KeyInFile(path)
        if kind == "env" and (value := self._environ.get(target, "").strip()):
            return KeyInVariable(target, value, self._environment.folder)
        variable = self._fallback_variable(client)
        if variable and (value := self._environ.get(variable, "").strip()):
            return KeyInVariable(variable, value, Path.cwd())
        return None

    def _path(self, target: str) -> Path:
        return self._environment.folder / target.strip()

    def _fallback_variable(self, client: Client) -> str | None:
        # A key of a real tenant must not reach one that is half emulator.
        if not self._is_tested or needs_emulator(self._environment):
            return None
        return _FALLBACK_VARIABLES.get(client.name)

    def _of_emulator(self, reference: str) -> Path:
        name = reference.removeprefix(EMULATOR).strip()
        if self._emulator_keys is None:
            raise ConfigurationError(
                f"{self._environment} needs the emulator, which is not running.",
                where=reference,
                remedy=f"pytest --tenant={self._environment.tenant} starts it, pytest-iflow serve by hand.",
            )
        path = self._emulator_keys / name
        if is_there(path) and path.is_file():
            return path
        written = [file.name for file in self._emulator_keys.glob("*") if file.is_file()]
        raise ConfigurationError(
            f'The emulator writes no file "{name}".',
            where=f"{self._environment}, {reference}",
            remedy=suggestion(name, written),
        )

    def _missing(self, client: Client) -> MissingCredentialError:
        kind, _, target = client.service_key.partition(":")
        file = self._path(target) if kind == "file" else None
        variable = target if kind == "env" else self._fallback_variable(client)
        plan = Plan.API if client.name == MONITORING else Plan.INTEGRATION_FLOW
        state = f"{file} does not exist" if file else f"the environment variable {variable} is not set"
        return MissingCredentialError(
            f'Client "{client.name}" of {self._environment} has no service key: {state}.',
            where=f"environments.{self._environment.name}.clients.{client.name} of the tenant file",
            remedy=how_to_get_a_key(plan, file, variable),
        )
