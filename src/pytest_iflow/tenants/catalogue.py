"""The tenants of a project, which of their environments is meant, and the variables of a run.

Variables come from ``.env`` files in layers, with the process environment over them.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from dotenv import dotenv_values

from pytest_iflow.errors import ConfigurationError, suggestion
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.secrets.registry import mask, register_secret
from pytest_iflow.secrets.token_shapes import is_plain
from pytest_iflow.tenants.model import Environment, Tenant
from pytest_iflow.tenants.suite_files import is_there, read_text
from pytest_iflow.tenants.tenant_file import load_tenant, parse_tenant
from pytest_iflow.tenants.tenant_schema import check_name

LOCAL = "local"
"""The tenant that is always there: the emulator."""

SERVICE_KEY_VARIABLE = "IFLOW_SERVICE_KEY"
"""Environment variable that makes any tenant name work without a file: JSON of a key, or a path."""

_REFERENCE = "env:"
"""How a variable of a tenant file begins that stands for one of the process."""
_QUICK_START = "quick-start"
_TEMPLATE = "example.toml"
_TEMPLATES = frozenset({"example", _QUICK_START})


def default_environment(tenant: Tenant) -> str | None:
    """Return the environment that runs when none is named: the file's choice, else the only one."""
    if tenant.default_environment is None and len(tenant.environments) == 1:
        return next(iter(tenant.environments))
    return tenant.default_environment


class Catalogue:
    """The tenants under their names; files are read when they are asked for.

    ``folder`` holds the tenant files (None or missing: there are none), ``environ`` the variables. Without
    a quick start a tenant has to have a file, whatever the variables say.
    """

    def __init__(
        self, folder: Path | None, environ: Mapping[str, str], *, has_quick_start: bool = True
    ) -> None:
        self._has_quick_start = has_quick_start
        self._folder = folder
        self._environ = environ

    def names(self) -> tuple[str, ...]:
        """Return all names that ``--tenant`` takes, sorted; templates are none."""
        return tuple(sorted({LOCAL, *self._files()}))

    def tenant(self, name: str) -> Tenant:
        """Return a tenant: of its file, built-in, or for the quick start.

        Raises ConfigurationError when the name is unknown or the file is wrong.
        """
        check_name(name, "a tenant")
        if path := self._files().get(name):
            return load_tenant(path)
        if name == LOCAL:
            # The project's, for the flows that it may bring are found from there.
            return self._built_in(LOCAL, name, self._folder or Path.cwd())
        if self._has_quick_start and self._environ.get(SERVICE_KEY_VARIABLE, "").strip():
            return self._built_in(_QUICK_START, name, Path.cwd())
        folder = self._folder or Path("tenants")
        template = folder / _TEMPLATE
        if not template.is_file():
            template = Path(str(resources.files("pytest_iflow.builtin_tenants").joinpath(_TEMPLATE)))
        quick_start = f", or set {SERVICE_KEY_VARIABLE} to a service key (JSON or path)"
        raise ConfigurationError(
            f'There is no tenant "{name}".',
            where=str(folder),
            remedy=(
                f"{_from_above(folder)}{suggestion(name, self.names())} For a new one copy {template} to "
                f"{folder / f'{name}.toml'}{quick_start if self._has_quick_start else ''}."
            ),
        )

    def environment(self, tenant_name: str, environment_name: str | None = None) -> Environment:
        """Return an environment of a tenant; without a name its default one, else its only one.

        Raises ConfigurationError as ``tenant`` does, and when there is no such environment or no default.
        """
        tenant = self.tenant(tenant_name)
        name = environment_name or default_environment(tenant)
        where = str(tenant.path or f"built-in tenant {tenant.name}")
        if name is None:
            raise ConfigurationError(
                f'Tenant "{tenant.name}" has several environments and no default one.',
                where=where,
                remedy=(
                    f"Say --environment with one of {', '.join(sorted(tenant.environments))}, "
                    "or set default-environment in the tenant file."
                ),
            )
        if name not in tenant.environments:
            raise ConfigurationError(
                f'Tenant "{tenant.name}" has no environment "{name}".',
                where=where,
                remedy=suggestion(name, tenant.environments),
            )
        return tenant.environments[name]

    def _files(self) -> dict[str, Path]:
        # Editors leave hidden files beside the one they edit.
        found = sorted(self._folder.glob("*.toml")) if self._folder else []
        return {
            path.stem: path
            for path in found
            if path.is_file() and not path.name.startswith(".") and path.stem not in _TEMPLATES
        }

    @staticmethod
    def _built_in(file: str, name: str, folder: Path) -> Tenant:
        text = resources.files("pytest_iflow.builtin_tenants").joinpath(f"{file}.toml").read_text("utf-8")
        return parse_tenant(text, name=name, folder=folder, source=f"built-in {file}.toml")


def _from_above(folder: Path) -> str:
    """What to do where pytest was started below the folder that holds the tenants."""
    above = next((each for each in folder.parent.parents if (each / folder.name).is_dir()), None)
    if above is None or folder.is_dir():
        return ""
    return f"Start pytest in {above}, or put an empty pytest.ini there to start it anywhere below. "


_SECRET = lazy_pattern(r"(?:SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|CREDENTIALS?)\d*$", re.IGNORECASE)
"""How the name of a variable ends that holds a secret."""


class Variables(Mapping[str, str]):
    """Variables by name; names are compared as the system does, on Windows whatever their case.

    Windows gives a process the names of its own variables in upper case.
    """

    def __init__(self, values: Mapping[str, str], *, ignore_case: bool | None = None) -> None:
        self._ignore_case = sys.platform == "win32" if ignore_case is None else ignore_case
        self._values = {self._known(name): value for name, value in values.items()}

    def over(self, lower: Mapping[str, str]) -> Variables:
        """Return these and those of ``lower`` that have no value here."""
        known = {self._known(name): value for name, value in lower.items()}
        return Variables(known | self._values, ignore_case=self._ignore_case)

    def __getitem__(self, name: str) -> str:
        return self._values[self._known(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _known(self, name: str) -> str:
        return name.upper() if self._ignore_case else name


def load_environ(folder: Path, tenant: str, environment: str | None, process: Mapping[str, str]) -> Variables:
    """Return ``.env``, ``.env.<tenant>`` and ``.env.<tenant>.<environment>``, the later over the earlier.

    ``process`` wins over all. Without an environment the third file is left out: its name may depend on
    variables of the first two. What a file names as a secret is registered. Raises ConfigurationError when a
    file cannot be read.
    """
    names = [".env", f".env.{tenant}"]
    if environment:
        names.append(f".env.{tenant}.{environment}")
    variables: dict[str, str] = {}
    for path in (folder / name for name in names):
        if is_there(path) and path.is_file():
            # Secrets of service keys hold $, which is no reference to another variable.
            layer = dotenv_values(stream=io.StringIO(read_text(path)), interpolate=False)
            variables |= {name: value for name, value in layer.items() if value is not None}
    for name, value in variables.items():
        if _SECRET.search(name) and not is_plain(value):
            register_secret(value)
    known = process if isinstance(process, Variables) else Variables(process)
    return known.over(variables)


def feature_variables(environment: Environment, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what features may name as ``${name}`` in every scenario of an environment.

    Raises ConfigurationError for a secret: what a feature sends as a text stands in reports.
    """
    found = {"tenant": environment.tenant, "environment": environment.name}
    for name, text in environment.variables.items():
        named = text.removeprefix(_REFERENCE) if text.startswith(_REFERENCE) else ""
        value = environ.get(named) if named else text
        if value is None:
            continue
        if mask(value) != value or (_SECRET.search(named) and not is_plain(value)):
            raise ConfigurationError(
                f'the variable "{name}" is a secret, and features may not send it as a text',
                where=f"tenant {environment}{f', variable {named} of this process' if named else ''}",
                remedy="name it for a client, as a service key; if it is none, its name may not end "
                "with PASSWORD, SECRET, TOKEN or API_KEY",
            )
        found[name] = value
    return found


def unset_variables(environment: Environment, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that stand for one of the process that is not set, each with the name of that."""
    named = {
        name: text.removeprefix(_REFERENCE)
        for name, text in environment.variables.items()
        if text.startswith(_REFERENCE)
    }
    return {name: other for name, other in named.items() if environ.get(other) is None}


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


def another_environment(
    root: Path, tenants: Path, tenant: str, environment: str | None, process: Mapping[str, str]
) -> tuple[Environment, Mapping[str, str]]:
    """Return an environment beside the one that is tested, and the variables for it.

    A tenant without a file is unknown, for the key in ``IFLOW_SERVICE_KEY`` is that of the tested one; so is
    what ``IFLOW_ENVIRONMENT`` says. Parameters and errors are those of ``choose_environment``.
    """
    chosen = Catalogue(tenants, process, has_quick_start=False).environment(tenant, environment)
    return chosen, load_environ(root, tenant, chosen.name, process)
