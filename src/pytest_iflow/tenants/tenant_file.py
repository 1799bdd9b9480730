"""Tenant files: TOML in, a ``Tenant`` out, or an error that lists every mistake.

Among these are keys that are good by themselves, and not beside others.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError, TenantFileError, suggestion
from pytest_iflow.tenants.masking_rules import (
    ANONYMISE,
    MASKING,
    anonymise_rules,
    masking_rules,
    masking_violations,
)
from pytest_iflow.tenants.model import (
    EMULATOR,
    MEGABYTE,
    BundleSource,
    Client,
    EmulatorSettings,
    Environment,
    Iflow,
    Limits,
    Tenant,
    Timeouts,
    Trust,
)
from pytest_iflow.tenants.suite_files import decode_text, read_bytes
from pytest_iflow.tenants.tenant_schema import (
    Violation,
    check_name,
    line_of,
    read_toml,
    schema_violations,
    toml_mistake,
)


def load_tenant(path: Path) -> Tenant:
    """Read the tenant that ``path`` describes; it is called like the file, without ``.toml``.

    Raises TenantFileError with line and column of malformed TOML, or with all keys that are wrong.
    """
    check_name(path.stem, "a tenant")
    try:
        data = read_bytes(path)
        text = decode_text(data, path)
    except ConfigurationError as error:
        raise TenantFileError(error.what, where=error.where, remedy=error.remedy) from None
    tenant = parse_tenant(text, name=path.stem, folder=path.parent, source=str(path), path=path)
    sha256 = hashlib.sha256(data).hexdigest()
    stages = {name: replace(each, sha256=sha256) for name, each in tenant.environments.items()}
    return replace(tenant, environments=stages)


def parse_tenant(text: str, *, name: str, folder: Path, source: str, path: Path | None = None) -> Tenant:
    """Read a tenant from TOML text; ``folder`` is what its references start from, ``source`` is for errors.

    Raises TenantFileError as ``load_tenant`` does.
    """
    try:
        document = _toml(text, source)
        # What is no number would stop the schema's own error texts.
        violations = [*impossible_numbers(document)] or [
            *schema_violations(document),
            *contradictions(document),
            *masking_violations(document),
        ]
        if violations:
            raise _mistakes(violations, text, source)
    except RecursionError:
        raise _unusable("its lists or tables are nested too deeply", source) from None
    return Tenant(
        name=name,
        environments={
            key: _environment(name, key, folder, source, table, document)
            for key, table in document["environments"].items()
        },
        description=document.get("description", ""),
        default_environment=document.get("default-environment"),
        path=path,
    )


def _toml(text: str, source: str) -> dict[str, Any]:
    try:
        return read_toml(text)
    except tomllib.TOMLDecodeError as error:
        mistake = toml_mistake(error, text)
        # C:\trial and C:\Users between double quotes are what tomllib calls escapes and hex values.
        backslash = re.search("escape|hex", mistake.what, re.IGNORECASE)
        found = TenantFileError(
            f"The tenant file is not valid TOML: {mistake.what}.",
            where=f"{source}, line {mistake.line}, column {mistake.column}",
            remedy="Write / instead of \\ in paths, or put the text between single quotes."
            if backslash
            else "Correct the line; example.toml shows how a tenant file is written.",
        )
        found.line = mistake.line
        raise found from None
    except ValueError:
        raise _unusable("a number in it has too many digits", source) from None


def _unusable(why: str, source: str) -> TenantFileError:
    return TenantFileError(
        f"The tenant file cannot be used: {why}.",
        where=source,
        remedy="Correct the file; example.toml explains every key.",
    )


def _mistakes(violations: list[Violation], text: str, source: str) -> TenantFileError:
    numbered = [(line_of(text, violation.path), violation) for violation in violations]
    numbered.sort(key=lambda entry: entry[0] or 0)
    lines = [f"{_location(line, found.path, source)} {found.message}" for line, found in numbered]
    error = TenantFileError(
        lines[0] if len(lines) == 1 else "\n    ".join([f"{source} has {len(lines)} mistakes:", *lines]),
        where=source,
        remedy="Correct the file; example.toml explains every key.",
    )
    error.line = next(filter(None, (line for line, _ in numbered)), 0)
    return error


def _location(line: int | None, path: tuple[str, ...], source: str) -> str:
    keys = ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key) for key in path)
    return f"{source}{f':{line}' if line else ''}:{f' {keys}:' if keys else ''}"


def _environment(
    tenant: str, name: str, folder: Path, source: str, table: Mapping[str, Any], document: Mapping[str, Any]
) -> Environment:
    masking = masking_rules(document.get(MASKING, {}), table.get(MASKING, {}))
    return Environment(
        tenant=tenant,
        name=name,
        folder=folder,
        clients={
            key: Client(
                name=key,
                service_key=client["service-key"],
                auth=client.get("auth", "basic"),
                runtime_auth=client.get("runtime-auth", "bearer"),
            )
            for key, client in table["clients"].items()
        },
        iflows={
            key: Iflow(
                name=key,
                address=iflow.get("address"),
                artifact=iflow.get("artifact"),
                application_id=iflow.get("application-id", False),
                version=iflow.get("version"),
                csrf_protected=iflow.get("csrf-protected", False),
            )
            for key, iflow in table.get("iflows", {}).items()
        },
        timeouts=Timeouts(**{key: float(value) for key, value in table.get("timeouts", {}).items()}),
        limits=_limits(table.get("limits", {})),
        ca_bundle=table.get("ca-bundle"),
        trust=Trust(table.get("strict-certificates", True), table.get("system-trust", False)),
        protected=table.get("protected", False),
        require_monitoring=table.get("require-monitoring", False),
        debug_logs=table.get("debug-logs", False),
        emulator=_emulator(table["emulator"]) if "emulator" in table else None,
        bundles={
            key: BundleSource(folder / bundle["path"], bundle.get("parameters", {}))
            for key, bundle in table.get("bundles", {}).items()
        },
        runtime_version=table.get("runtime-version", ""),
        source=source,
        masking=masking,
        anonymise=anonymise_rules(masking, document.get(ANONYMISE, {}), table.get(ANONYMISE, {})),
        variables={**document.get("variables", {}), **table.get("variables", {})},
        files=tuple(folder / name for name in document.get("files", ())),
    )


def _limits(table: Mapping[str, float]) -> Limits:
    sizes = {name: int(table[name] * MEGABYTE) for name in ("response", "parsed") if name in table}
    return Limits(**sizes, calls=float(table.get("calls-per-second", 0.0)))


def _emulator(table: Mapping[str, Any]) -> EmulatorSettings:
    return EmulatorSettings(
        profile=table.get("profile"),
        # For a schema 7.0 is a whole number, too.
        seed=int(table.get("seed", 0)),
        faults=table.get("faults", {}),
    )


_LARGEST_INTEGER = 2**63
"""TOML promises no larger ones, and Python does not print those of thousands of digits."""


def impossible_numbers(document: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield the numbers of a tenant file, at any depth, that are none (``nan``) or too large for TOML."""
    open_values: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while open_values:
        path, value = open_values.pop()
        if isinstance(value, dict):
            open_values += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            open_values += [(path, inner) for inner in value]
        elif isinstance(value, float) and math.isnan(value):
            yield Violation(path, "must be a number, not nan")
        elif isinstance(value, int) and abs(value) >= _LARGEST_INTEGER:
            yield Violation(path, "is a number with too many digits")


_OF_THE_EMULATOR = {"emulator": "settings", "bundles": "flows"}
"""Tables of an environment that only the emulator reads, and what they are."""


def contradictions(document: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield the contradictions of a tenant file, which may break its schema besides.

    They are a default environment that does not exist, environments that would share a folder, and
    settings of the emulator where none is started.
    """
    environments = document.get("environments")
    if not isinstance(environments, dict):
        return
    yield from _default(document, environments)
    yield from _same_folder(environments)
    for name, environment in environments.items():
        if not isinstance(environment, dict) or _has_emulator(environment):
            continue
        for key, what in _OF_THE_EMULATOR.items():
            if key in environment:
                message = (
                    f"these are {what} of the emulator, which this environment does not use: none of its "
                    f'service keys begins with "{EMULATOR}"'
                )
                yield Violation(("environments", name, key), message)


def _default(document: Mapping[str, Any], environments: Mapping[str, Any]) -> Iterator[Violation]:
    default = document.get("default-environment")
    if isinstance(default, str) and default not in environments:
        hint = suggestion(default, environments)
        yield Violation(("default-environment",), f'there is no environment "{default}". {hint}')


def _same_folder(environments: Mapping[str, Any]) -> Iterator[Violation]:
    folded: dict[str, str] = {}
    for name in environments:
        if (first := folded.setdefault(name.casefold(), name)) != name:
            message = f'differs from "{first}" in case only; both would write into one folder'
            yield Violation(("environments", name), message)


def _has_emulator(environment: Mapping[str, Any]) -> bool:
    clients = environment.get("clients")
    clients = clients.values() if isinstance(clients, dict) else ()
    references = [client.get("service-key") for client in clients if isinstance(client, dict)]
    return any(
        str(reference).startswith(EMULATOR) for reference in (*references, environment.get("ca-bundle"))
    )
