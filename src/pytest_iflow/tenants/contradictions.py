"""What no schema can say of a tenant file: keys that are good by themselves, and not beside others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_iflow.tenants.model import EMULATOR
from pytest_iflow.tenants.nearest import suggestion
from pytest_iflow.tenants.violations import Violation

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
        if isinstance(environment, dict) and "emulator" in environment and not _has_emulator(environment):
            message = (
                "these are settings of the emulator, which this environment does not use: none of its "
                f'service keys begins with "{EMULATOR}"'
            )
            yield Violation(("environments", name, "emulator"), message)


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
