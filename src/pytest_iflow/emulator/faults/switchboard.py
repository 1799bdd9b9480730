"""The faults that are on at the moment, for all planes of one landscape."""

from __future__ import annotations

from pytest_iflow.emulator.faults.fate import Dice, Fate
from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.faults.table import PLANES
from pytest_iflow.emulator.landscape import Landscape


class Switchboard:
    """Puts fault settings into force: dice for the planes, times into the profile of the landscape."""

    def __init__(self, landscape: Landscape, initial: FaultSettings) -> None:
        self._landscape = landscape
        self._profile = landscape.profile
        self._initial = initial
        self.apply(initial)

    def apply(self, settings: FaultSettings) -> None:
        """Put settings into force instead of those before; the draws begin anew."""
        self.settings = settings
        self._landscape.profile = settings.profile(self._profile)
        self._dice = {plane: Dice(settings.seed, plane, settings.of(plane)) for plane in PLANES}

    def restore(self) -> None:
        """Return to the settings of the start."""
        self.apply(self._initial)

    def fate(self, plane: str) -> Fate:
        """Draw what happens to the next request of a plane."""
        return self._dice[plane].throw()
