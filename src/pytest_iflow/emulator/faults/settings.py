"""Which faults are on: what a command line or the admin endpoint says."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_iflow.emulator.faults.table import CLIENT_PLANES, FAULTS, FaultError, checked, known
from pytest_iflow.emulator.profile import Profile

EXPECTED = 'Expected {"faults": {NAME: VALUE, …}, "seed": NUMBER}, both optional.'


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
                raise FaultError(f'The fault "{text}" has no value; write NAME=VALUE. {known()}')
            values[name.strip()] = checked(name.strip(), value)
        return cls(values, seed)

    @classmethod
    def from_json(cls, document: object) -> FaultSettings:
        """Read ``{"faults": {NAME: VALUE}, "seed": N}``, both optional; raises FaultError."""
        if not isinstance(document, dict) or not document.keys() <= {"faults", "seed"}:
            raise FaultError(EXPECTED)
        faults, seed = document.get("faults", {}), document.get("seed", 0)
        if not isinstance(faults, dict) or type(seed) is not int:
            raise FaultError('"faults" has to be an object of names and numbers, "seed" a whole number.')
        return cls({name: checked(name, value) for name, value in faults.items()}, seed)

    def as_json(self) -> dict[str, object]:
        """Lay out in the form that ``from_json`` reads."""
        return {"faults": dict(self.values), "seed": self.seed}

    def of(self, plane: str) -> dict[str, float]:
        """Return what is on for one plane; what is said for the plane itself goes first."""
        found = {}
        for name, fault in FAULTS.items():
            everywhere = self.values.get(name, 0.0) if plane in CLIENT_PLANES else 0.0
            value = self.values.get(f"{plane}.{name}", everywhere)
            if value and fault.per_plane:
                found[name] = value
        return found

    def profile(self, base: Profile) -> Profile:
        """Return the profile with those of its times that are set here."""
        changes = {name: value for name, value in self.values.items() if _is_of_profile(name)}
        return dataclasses.replace(base, **changes)  # type: ignore[arg-type] # all of them are numbers


def _is_of_profile(name: str) -> bool:
    return name in FAULTS and not FAULTS[name].per_plane
