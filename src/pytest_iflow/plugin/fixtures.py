"""Fixtures of a run; a suite may override each of them in its ``conftest.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from pytest_bdd.steps import StepNamePrefix

from pytest_iflow.checks.schema import SchemaStore
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.oauth.token import Token
from pytest_iflow.run import RUN
from pytest_iflow.runtime.caller import DEFAULT_CLIENT, IflowCaller
from pytest_iflow.tenants.model import Environment

if TYPE_CHECKING:
    from pytest_iflow.monitoring.monitor import Monitor

__all__ = ["iflow_caller", "monitor", "schemas", "tenant_environment", "token", "token_for", "token_source"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the definitions of steps out of ``pytest --fixtures``, and scenarios out of what it prints."""
    if session.config.option.showfixtures:
        fixtures = session._fixturemanager  # noqa: SLF001, pytest has no public list
        definitions = getattr(fixtures, "_arg2node2fixturedefs", {})  # of the versions that are known
        for name in [name for name in definitions if name.startswith(StepNamePrefix.step_def.value)]:
            del definitions[name]
        session.items.clear()


@pytest.fixture(scope="session")
def tenant_environment(request: pytest.FixtureRequest) -> Environment:
    """The environment of the tenant that is tested."""
    return request.config.stash[RUN].environment


@pytest.fixture(scope="session")
def token_source(request: pytest.FixtureRequest) -> TokenSource:
    """The tokens of the run: one per client, shared over the workers of xdist."""
    return request.config.stash[RUN].tokens


@pytest.fixture(scope="session")
def token_for(token_source: TokenSource) -> Callable[[str], Token]:
    """Return the token of a client by its name; renewed shortly before it expires."""
    return token_source.token


@pytest.fixture(scope="session")
def token(token_for: Callable[[str], Token]) -> Token:
    """The access token of client ``default``."""
    return token_for(DEFAULT_CLIENT)


@pytest.fixture(scope="session")
def iflow_caller(request: pytest.FixtureRequest, token_for: Callable[[str], Token]) -> IflowCaller:
    """Calls iFlows with the tokens that ``token_for`` gives."""
    return request.config.stash[RUN].caller(token_for)


@pytest.fixture(scope="session")
def monitor(request: pytest.FixtureRequest) -> Monitor | None:
    """The questions to the tenant's monitoring API; None without a service key of plan api."""
    return request.config.stash[RUN].monitor


@pytest.fixture(scope="session")
def schemas(request: pytest.FixtureRequest) -> SchemaStore:
    """The schemas of the project and those of the plugin, by file name."""
    return request.config.stash[RUN].schemas
