"""Entries of a tenant file: a new file, or entries added to the one that is there, its comments kept.

An entry that is there stays as it is, and one that somebody removed stays out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from pytest_iflow.drafts.draft import Fate, Remark, TenantDraft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.catalogue import LOCAL
from pytest_iflow.tenants.tenant_file import parse_tenant

_HEAD = """\
# Facts about a tenant, for version control; never a secret. tenants/example.toml explains every key.
"""
_EMULATOR_KEYS = {"default": "emulator:integration-flow.json", "monitoring": "emulator:api.json"}


def tenant_file_path(tenant: str) -> str:
    """Return the path of a tenant file in a suite."""
    return f"tenants/{tenant}.toml"


def service_key_variable(tenant: str, environment: str, client: str = "default") -> str:
    """Return the environment variable in which the service key of a client is expected."""
    names = [tenant, environment, *([] if client == "default" else [client]), "SERVICE_KEY"]
    name = re.sub(r"[^A-Z0-9]+", "_", "_".join(names).upper())
    return name if name[:1].isalpha() else f"_{name}"


def tenant_text(
    draft: TenantDraft, there: str | None, suite: Path, known: Collection[str]
) -> tuple[str, list[str], list[Remark]]:
    """Return the text of a tenant file with the entries of a draft, the entries' names, and remarks.

    ``there`` is the text of the file, None if there is none; ``known`` are entries that were added once.
    Raises ConfigurationError where the file that is there is wrong, or cannot be changed without loss.
    """
    path = tenant_file_path(draft.tenant)
    if there is None:
        there = _built_in() if draft.tenant == LOCAL else _HEAD
    elif there.strip():
        parse_tenant(there, name=draft.tenant, folder=(suite / path).parent, source=path)
    try:
        document = tomlkit.parse(there)
    except TOMLKitError as error:
        raise _unchangeable(path, str(error)) from None
    entries = _entries(draft, tomllib.loads(there))
    expected = tomllib.loads(there)
    names: list[str] = []
    remarks: list[Remark] = []
    for keys, value in entries:
        name = ".".join(keys)
        found = _at(expected, ("environments", *keys))
        if found is None and name in known:
            remarks.append(Remark(Fate.LEFT, path, f"{name} was removed by somebody and stays out."))
        elif found is None:
            for tree in (expected, document):
                _put(tree, ("environments", *keys), value)
            names.append(name)
        elif found != value and not (isinstance(found, Mapping) and _within(value, found)):
            what = f"{name} stays as it is in the tenant file; the source says {_said(value)}."
            remarks.append(Remark(Fate.LEFT, path, what))
    text = tomlkit.dumps(document)
    if tomllib.loads(text) != expected:
        raise _unchangeable(path, "its tables stand in an order in which no entry can be added")
    parse_tenant(text, name=draft.tenant, folder=(suite / path).parent, source=path)
    return text, names, remarks


def _built_in() -> str:
    """Return the tenant file of the local tenant, which a suite's own one takes the place of."""
    text = resources.files("pytest_iflow.builtin_tenants").joinpath(f"{LOCAL}.toml").read_text("utf-8")
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#:schema"))


def _entries(draft: TenantDraft, there: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the entries of a draft with their keys; an environment that is new has a client at least."""
    stage = draft.environment
    has_clients = bool((_at(there, ("environments", stage, "clients"))) or draft.clients)
    if draft.tenant == LOCAL and not has_clients:
        yield (stage, "ca-bundle"), "emulator:ca.pem"
        for name, key in _EMULATOR_KEYS.items():
            yield (stage, "clients", name), {"service-key": key}
    elif not has_clients:
        key = f"env:{service_key_variable(draft.tenant, stage)}"
        yield (stage, "clients", "default"), {"service-key": key}
    for client in draft.clients:
        given = {"auth": client.auth, "runtime-auth": client.runtime_auth}
        optional = {name: value for name, value in given.items() if value}
        yield (stage, "clients", client.name), {"service-key": client.service_key, **optional}
    for iflow in draft.iflows:
        artifact = {"artifact": iflow.artifact} if iflow.artifact else {}
        address = iflow.address.removeprefix("/http") if iflow.address.startswith("/http/") else iflow.address
        yield (stage, "iflows", iflow.name), {"address": address, **artifact}
    for name, text in draft.variables:
        yield (stage, "variables", name), text


def _at(tree: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if not isinstance(tree, Mapping) or key not in tree:
            return None
        tree = tree[key]
    return tree


def _put(tree: Any, keys: tuple[str, ...], value: Any) -> None:
    """Put a value into tables, which are made where they are missing; tables of tables have no heading."""
    *above, last = keys
    for depth, key in enumerate(above):
        if key not in tree:
            holds_values = depth == len(above) - 1 and not isinstance(value, Mapping)
            tree[key] = {} if type(tree) is dict else tomlkit.table(is_super_table=not holds_values)
        tree = tree[key]
    if isinstance(value, Mapping) and type(tree) is not dict:
        table = tomlkit.table()
        table.update(value)
        value = table
    tree[last] = dict(value) if type(tree) is dict and isinstance(value, Mapping) else value


def _within(value: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return all(found.get(key) == each for key, each in value.items())


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_said(each)}" for key, each in value.items())
    return f'"{value}"'


def _unchangeable(path: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The tenant file cannot be added to: {why}.",
        where=path,
        remedy="Put each table of it under a heading of its own, as tenants/example.toml does.",
    )
