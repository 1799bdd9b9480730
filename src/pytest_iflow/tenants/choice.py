"""Which environment is meant: by option, by variable, or because it is the default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_iflow.tenants.catalogue import LOCAL, Catalogue
from pytest_iflow.tenants.dotenv_layers import load_environ
from pytest_iflow.tenants.model import Environment


def chosen_tenant(root: Path, tenant: str | None, process: Mapping[str, str]) -> str:
    """Return the name of the tenant that is meant, whether there is one or not."""
    return tenant or load_environ(root, "", None, process).get("IFLOW_TENANT") or LOCAL


def choose_environment(
    root: Path, tenants: Path, tenant: str | None, environment: str | None, process: Mapping[str, str]
) -> tuple[Environment, Mapping[str, str]]:
    """Return the environment that is meant, and the variables with all ``.env`` files of ``root``.

    ``tenant`` and ``environment`` are names that were given, ``tenants`` the folder with the tenant files,
    ``process`` the variables of the process. Raises ConfigurationError when there is no such environment.
    """
    tenant = chosen_tenant(root, tenant, process)
    environ = load_environ(root, tenant, None, process)
    named = environment or environ.get("IFLOW_ENVIRONMENT")
    chosen = Catalogue(tenants, environ).environment(tenant, named)
    return chosen, load_environ(root, tenant, chosen.name, process)
