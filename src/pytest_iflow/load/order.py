"""What is asked of a load run: how many users, for how long, how fast, and what has to come of it.

The command checks it before anything is sent, and hands it to the processes that make the load.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.json_format import Seconds
from pytest_iflow.tenants.credentials import needs_emulator
from pytest_iflow.tenants.model import Environment

DEFAULT_RATE = 20.0
"""Calls a second on a tenant that is no emulator. Nobody publishes a limit for iFlows (wire-facts 5.5)."""

MASTER_PORT = 5557
"""Port at which Locust's master waits for its workers."""

PERMISSION = "--i-may-load-this-tenant"
"""The option with which somebody says that more than ``DEFAULT_RATE`` was agreed with who runs the tenant."""

_SHARE = re.compile(r"(\d+(?:\.\d+)?) ?%")
_SPAN = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s)")
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a load run must not exceed: a share of failures (0.01 is 1 %), and a time in seconds, if given."""

    max_failures: float = 0.0
    max_p95: Seconds | None = None


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """What one process of a load run has to do.

    ``tag`` has no ``@``; ``paths`` are what pytest collects, its ``testpaths`` where there are none.
    ``users`` are those of all processes, ``spawn_rate`` is how many of them begin in a second, ``pause`` the
    seconds that a user waits between two scenarios. ``rate`` are the calls a second of all users together,
    None for as many as they can. ``workers`` is how many processes a master waits for; a master listens at
    ``host``, a worker asks there. ``emulator_keys`` is the folder with the keys of a running emulator;
    ``tokens`` are what ``TokenSource.export`` gave, in Base64, empty where this process asks for its own.
    """

    tenant: str
    environment: str
    tenants: str
    tag: str
    paths: tuple[str, ...] = ()
    users: int = 1
    seconds: Seconds = 60.0
    spawn_rate: float = 1.0
    pause: Seconds = 0.0
    rate: float | None = None
    may_load: bool = False
    role: Literal["alone", "master", "worker"] = "alone"
    workers: int = 1
    host: str = "127.0.0.1"
    port: int = MASTER_PORT
    emulator_keys: str | None = None
    tokens: str = ""


def permitted_rate(environment: Environment, rate: float | None, *, may_load: bool) -> float | None:
    """Return the calls a second that ``environment`` may get; None for as many as there are.

    Raises ``ConfigurationError`` for a protected environment, whatever was agreed, for more than the tenant
    file allows, and for more than ``DEFAULT_RATE`` without ``may_load``. The tenant that this package starts
    itself bears what it gets.
    """
    where = f"tenant {environment}"
    if environment.protected:
        raise ConfigurationError(
            "the environment is protected: no load is put on it",
            where=where,
            remedy="run the load on another environment; no option allows it here",
        )
    most = environment.limits.calls or None
    if rate is not None and most is not None and rate > most:
        raise ConfigurationError(
            f"{rate:g} calls a second are more than the {most:g} that the tenant file allows",
            where=f"{where}, limits.calls-per-second",
            remedy=f"give --max-rate={most:g} or less, or change the tenant file",
        )
    if needs_emulator(environment):
        return rate or most
    rate = rate or min(DEFAULT_RATE, most or DEFAULT_RATE)
    if rate > DEFAULT_RATE and not may_load:
        raise ConfigurationError(
            f"{rate:g} calls a second are more than {DEFAULT_RATE:g}, and the tenant may be used by others",
            where=where,
            remedy=f"give --max-rate={DEFAULT_RATE:g} or less, or agree it with who runs the tenant "
            f"and add {PERMISSION}",
        )
    return rate


def word_to_workers(order: LoadOrder, workers: int) -> dict[str, Any]:
    """Return what a master tells each of its ``workers`` before they begin."""
    return {"about": _about(order), "rate": order.rate, "workers": workers}


def rate_of_worker(order: LoadOrder, word: Mapping[str, Any], environment: Environment) -> float | None:
    """Return the calls a second of one worker by the word of its master; None for as many as there are.

    Raises ``ConfigurationError`` where it is about another load, or this machine does not permit it.
    """
    if word["about"] != _about(order):
        mine, other = _in_words(_about(order)), _in_words(word["about"])
        raise ConfigurationError(
            f"a worker runs {mine}, and its master {other}",
            remedy="start all of them with the same --tenant, --environment and --tag",
        )
    rate = permitted_rate(environment, word["rate"], may_load=order.may_load)
    return rate / word["workers"] if rate else None


def _about(order: LoadOrder) -> dict[str, str]:
    return {"tenant": order.tenant, "environment": order.environment, "tag": order.tag}


def _in_words(about: Mapping[str, str]) -> str:
    return f"@{about['tag']} on {about['tenant']}/{about['environment']}"


def share(text: str) -> float:
    """Return a share such as ``1%`` as a number from 0 to 1; raises ``ValueError`` for anything else."""
    found = _SHARE.fullmatch(text.strip())
    value = float(found[1]) / 100 if found else math.nan
    if not 0 <= value <= 1:
        raise ValueError(f'"{text}" is no share such as 1%')
    return value


def time_span(text: str) -> float:
    """Return a time such as ``800ms`` or ``2s`` in seconds; raises ``ValueError`` for anything else."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no time such as 800ms or 2s')
    return float(found[1]) / (_MILLISECONDS if found[2] == "ms" else 1)
