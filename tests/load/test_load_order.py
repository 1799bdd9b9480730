"""What may be asked of a load run, and of whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.load.order import (
    DEFAULT_RATE,
    LoadOrder,
    permitted_rate,
    rate_of_worker,
    share,
    time_span,
    word_to_workers,
)
from pytest_iflow.tenants.model import Client, Environment, Limits


def environment(*, key: str = "env:KEY", protected: bool = False, calls: float = 0.0) -> Environment:
    """Return an environment whose client has this service key; 0 is no limit of calls a second."""
    clients, limits = {"default": Client("default", key)}, Limits(calls=calls)
    return Environment("acme", "prod", Path(), clients, limits=limits, protected=protected)


@pytest.mark.parametrize("rate", [None, 0.1, 20.0])
@pytest.mark.parametrize("key", ["env:KEY", "emulator:integration-flow.json"])
def test_a_protected_environment_is_refused_always(key: str, rate: float | None) -> None:
    """Whatever the rate, whatever was agreed, and be it the emulator."""
    with pytest.raises(ConfigurationError, match="is protected"):
        permitted_rate(environment(key=key, protected=True), rate, may_load=True)


def test_a_rate_has_to_be_agreed() -> None:
    """Up to the default it need not; the error names both ways out."""
    assert permitted_rate(environment(), None, may_load=False) == DEFAULT_RATE
    assert permitted_rate(environment(), 5.0, may_load=False) == 5.0
    assert permitted_rate(environment(), 500.0, may_load=True) == 500.0
    with pytest.raises(ConfigurationError) as caught:
        permitted_rate(environment(), 20.5, may_load=False)
    assert "tenant acme/prod" in str(caught.value)
    assert "--max-rate=20" in str(caught.value)
    assert "--i-may-load-this-tenant" in str(caught.value)


@pytest.mark.parametrize("key", ["env:KEY", "emulator:integration-flow.json"])
def test_the_tenant_file_has_the_last_word(key: str) -> None:
    """Its own limit is the default where it is lower, and no option goes beyond it."""
    careful = environment(key=key, calls=8.0)
    assert permitted_rate(careful, None, may_load=False) == 8.0
    assert permitted_rate(careful, 5.0, may_load=False) == 5.0
    with pytest.raises(ConfigurationError, match="9 calls a second are more than the 8 that the tenant file"):
        permitted_rate(careful, 9.0, may_load=True)
    assert permitted_rate(environment(calls=50.0), None, may_load=False) == DEFAULT_RATE


def test_the_emulator_bears_what_it_gets() -> None:
    """It is nobody else's."""
    local = environment(key="emulator:integration-flow.json")
    assert permitted_rate(local, None, may_load=False) is None
    assert permitted_rate(local, 500.0, may_load=False) == 500.0


def test_workers_share_the_rate_of_their_master() -> None:
    """Four of them make a fourth each, and keep to what their own machine permits."""
    order = LoadOrder("acme", "prod", "tenants", "load", rate=20.0)
    assert rate_of_worker(order, word_to_workers(order, 4), environment()) == 5.0
    fast = replace(order, rate=400.0)
    with pytest.raises(ConfigurationError, match="400 calls a second are more than 20"):
        rate_of_worker(order, word_to_workers(fast, 4), environment())
    assert rate_of_worker(replace(order, may_load=True), word_to_workers(fast, 4), environment()) == 100.0
    with pytest.raises(ConfigurationError, match="is protected"):
        rate_of_worker(order, word_to_workers(order, 4), environment(protected=True))


@pytest.mark.parametrize("other", [{"tenant": "trial"}, {"environment": "dev"}, {"tag": "other"}])
def test_a_worker_of_another_load_is_refused(other: dict[str, str]) -> None:
    """Its figures would be taken for those of the master's tenant."""
    order = LoadOrder("acme", "prod", "tenants", "load", rate=20.0)
    word = word_to_workers(replace(order, **other), 2)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="a worker runs @load on acme/prod, and its master"):
        rate_of_worker(order, word, environment())


@pytest.mark.parametrize(("text", "value"), [("1%", 0.01), ("0.5 %", 0.005), ("100%", 1.0), ("0%", 0.0)])
def test_a_share_is_in_percent(text: str, value: float) -> None:
    """As people say it."""
    assert share(text) == pytest.approx(value)


@pytest.mark.parametrize(("text", "value"), [("800ms", 0.8), ("2s", 2.0), ("1.5 s", 1.5)])
def test_a_time_has_a_unit(text: str, value: float) -> None:
    """Milliseconds or seconds."""
    assert time_span(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "1", "101%", "-1%", "800", "2 min", "nan%"])
def test_a_text_without_a_unit_is_neither(text: str) -> None:
    """Nobody has to guess what a number means."""
    for read in (share, time_span):
        with pytest.raises(ValueError, match="is no"):
            read(text)
