"""All faults that the landscape can show, and which of them are on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pytest_iflow.emulator.start import Profile, StartError

DAY = 86_400
# A fault that names no plane is for these three; the receiver behind the flows has to be named.
CLIENT_PLANES = ("token", "runtime", "api")
PLANES = (*CLIENT_PLANES, "products")
EXPECTED = 'Expected {"faults": {NAME: VALUE, …}, "seed": NUMBER}, both optional.'


class FaultError(StartError):
    """A fault that does not exist, or a value that it cannot have; the text says which are possible."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: its name, the unit and bounds of its value, and what it does.

    A ``share`` is that of the requests that it hits, from 0 to 1. What is not ``per_plane`` changes the
    whole landscape and cannot be set for one plane.
    """

    name: str
    unit: Literal["seconds", "share", "bytes a second", "requests a second"]
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
        Fault("rate", "requests a second", 1e6, "those above wait; who would wait over a second gets 429"),
        Fault("drip", "bytes a second", 1e9, "every body comes as slowly as that"),
        Fault("token_validity", "seconds", DAY, "how long new tokens are good", 1, per_plane=False),
        Fault("clock_skew", "seconds", DAY, "how far the clock is ahead", -DAY, per_plane=False),
        Fault("log_delay", "seconds", DAY, "when a message log can be read", per_plane=False),
        Fault("log_jitter", "seconds", DAY, "and up to so much later, evenly spread", per_plane=False),
        Fault("role_delay", "seconds", DAY, "when the runtime knows of roles", per_plane=False),
        Fault("endpoint_delay", "seconds", DAY, "when a deployed endpoint is listed", per_plane=False),
        Fault("deploy_delay", "seconds", DAY, "how long a deployment goes on", per_plane=False),
        Fault("undeploy_delay", "seconds", DAY, "how long an undeployment goes on", per_plane=False),
        Fault("deploy_failure", "share", 1, "what is deployed ends in ERROR", per_plane=False),
    )
}


def checked_value(name: str, value: object) -> float:
    """Return the value of a fault, named as in ``latency`` or ``runtime.latency``; raises FaultError."""
    plane, dot, kind = name.rpartition(".")
    fault = FAULTS.get(kind)
    if fault is None or (dot and (plane not in PLANES or not fault.per_plane)):
        raise FaultError(f'There is no fault "{name}". {describe_faults()}')
    try:
        number = float("nan" if isinstance(value, bool) else value)  # type: ignore[arg-type] # refused below
    except (TypeError, ValueError):
        number = float("nan")
    if not fault.lowest <= number <= fault.highest:
        raise FaultError(
            f'The fault "{name}" cannot be {value!r}: '
            f"it is a number ({fault.unit}) from {fault.lowest:g} to {fault.highest:g}."
        )
    return number


def describe_faults() -> str:
    """Describe all faults, a line each."""
    width = max(map(len, FAULTS))
    lines = [f"  {each.name:{width}}  {each.unit}: {each.meaning}" for each in FAULTS.values()]
    names = [each.name for each in FAULTS.values() if each.per_plane]
    planes = f"also for a plane ({', '.join(PLANES)}), as in runtime.latency."
    return "\n".join(["Faults are", *lines, f"From {names[0]} to {names[-1]} {planes}"])


@dataclass(frozen=True, slots=True)
class FaultSettings:
    """The values of faults by name, ``latency`` or for one plane ``runtime.latency``.

    ``seed`` decides which requests are hit: with the same seed the same ones of each plane.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    @classmethod
    def parse(cls, texts: Iterable[str], seed: int = 0) -> FaultSettings:
        """Read texts of the form ``NAME=VALUE``; raises FaultError."""
        values = {}
        for text in texts:
            name, equals, value = text.partition("=")
            if not equals:
                raise FaultError(f'The fault "{text}" has no value; write NAME=VALUE. {describe_faults()}')
            values[name.strip()] = checked_value(name.strip(), value)
        return cls(values, seed)

    @classmethod
    def from_json(cls, document: object) -> FaultSettings:
        """Read ``{"faults": {NAME: VALUE}, "seed": N}``, both optional; raises FaultError."""
        if not isinstance(document, dict) or not document.keys() <= {"faults", "seed"}:
            raise FaultError(EXPECTED)
        faults, seed = document.get("faults", {}), document.get("seed", 0)
        if not isinstance(faults, dict) or type(seed) is not int:
            raise FaultError('"faults" has to be an object of names and numbers, "seed" a whole number.')
        return cls({name: checked_value(name, value) for name, value in faults.items()}, seed)

    def as_json(self) -> dict[str, object]:
        """Lay out in the form that ``from_json`` reads."""
        return {"faults": dict(self.values), "seed": self.seed}

    def of(self, plane: str) -> dict[str, float]:
        """Return what is on for one plane; a value for the plane itself outweighs one for all."""
        found = {}
        for name, fault in FAULTS.items():
            everywhere = self.values.get(name, 0.0) if plane in CLIENT_PLANES else 0.0
            value = self.values.get(f"{plane}.{name}", everywhere)
            if value and fault.per_plane:
                found[name] = value
        return found

    def profile(self, base: Profile) -> Profile:
        """Return the profile with those of its times that are set here."""
        changes = {
            name: value
            for name, value in self.values.items()
            if name in FAULTS and not FAULTS[name].per_plane
        }
        return replace(base, **changes)  # type: ignore[arg-type] # all of them are numbers
