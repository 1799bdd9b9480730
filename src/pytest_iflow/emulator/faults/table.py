"""All faults that the landscape can be told to show: one row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_iflow.emulator.start_error import StartError

DAY = 86_400
# A fault that names no plane is for these three; the receiver behind the flows has to be named.
CLIENT_PLANES = ("token", "runtime", "api")
PLANES = (*CLIENT_PLANES, "products")


class FaultError(StartError):
    """A fault that does not exist, or a value that it cannot have; the text says which are possible."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: its name, the unit and bounds of its value, and what it does.

    A ``share`` is that of the requests that it hits, from 0 to 1. What is not ``per_plane`` changes the
    whole landscape and cannot be aimed at a plane.
    """

    name: str
    unit: Literal["seconds", "share", "bytes a second"]
    highest: float
    meaning: str
    lowest: float = 0
    per_plane: bool = True


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("latency", "seconds", 600, "every request waits so long before it is processed"),
        Fault("jitter", "seconds", 600, "and up to so much longer, evenly spread"),
        Fault("reset_before", "share", 1, "the connection is reset, the request is not processed"),
        Fault("reset_after", "share", 1, "the request is processed, then the connection is reset"),
        Fault("silent", "share", 1, "the request is processed, and no answer ever comes"),
        Fault("delayed", "share", 1, "the request waits one second longer before it is processed"),
        Fault("status_401", "share", 1, "answered 401 with a challenge, not processed"),
        Fault("status_429", "share", 1, "answered 429 with Retry-After, not processed"),
        Fault("status_500", "share", 1, "answered 500, not processed"),
        Fault("status_502", "share", 1, "answered 502, not processed"),
        Fault("status_503", "share", 1, "answered 503 with Retry-After, not processed"),
        Fault("status_504", "share", 1, "answered 504, not processed"),
        Fault("status_502_after", "share", 1, "the request is processed, then answered 502"),
        Fault("status_503_after", "share", 1, "the request is processed, then answered 503"),
        Fault("status_504_after", "share", 1, "the request is processed, then answered 504"),
        Fault("duplicate", "share", 1, "the request is processed twice and answered once"),
        Fault("truncated", "share", 1, "the answer ends in the middle of its body"),
        Fault("drip", "bytes a second", 1e9, "every body comes as slowly as that"),
        Fault("token_validity", "seconds", DAY, "how long new tokens are good", 1, per_plane=False),
        Fault("clock_skew", "seconds", DAY, "how far the clock is ahead", -DAY, per_plane=False),
        Fault("log_delay", "seconds", DAY, "when a message log can be read", per_plane=False),
        Fault("role_delay", "seconds", DAY, "when the runtime knows of roles", per_plane=False),
        Fault("endpoint_delay", "seconds", DAY, "when a deployed endpoint is listed", per_plane=False),
    )
}


def checked(name: str, value: object) -> float:
    """Return the value of a fault, named as in ``latency`` or ``runtime.latency``; raises FaultError."""
    plane, dot, kind = name.rpartition(".")
    fault = FAULTS.get(kind)
    if fault is None or (dot and (plane not in PLANES or not fault.per_plane)):
        raise FaultError(f'There is no fault "{name}". {known()}')
    try:
        number = float("nan" if isinstance(value, bool) else value)  # type: ignore[arg-type] # what is no number is told so below
    except (TypeError, ValueError):
        number = float("nan")
    if not fault.lowest <= number <= fault.highest:
        raise FaultError(
            f'The fault "{name}" cannot be {value!r}: '
            f"it is a number ({fault.unit}) from {fault.lowest:g} to {fault.highest:g}."
        )
    return number


def known() -> str:
    """Describe all faults, a line each."""
    width = max(map(len, FAULTS))
    lines = [f"  {each.name:{width}}  {each.unit}: {each.meaning}" for each in FAULTS.values()]
    aimed = [each.name for each in FAULTS.values() if each.per_plane]
    return "\n".join(
        [
            "Faults are",
            *lines,
            f"From {aimed[0]} to {aimed[-1]} also for a plane ({', '.join(PLANES)}), as in runtime.latency.",
        ]
    )
