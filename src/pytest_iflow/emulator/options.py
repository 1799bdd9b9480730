"""What a landscape is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.profile import Profile


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that the command line says.

    ``keys`` is the folder for service keys and ca.pem; ``port`` that of the token service, 0 for free
    ones; ``flows`` a folder with flows of the suite's own; ``log`` the file of the request log, ``-`` for
    standard error.
    """

    keys: Path
    port: int = 0
    until_stdin_closes: bool = False
    profile: Profile = field(default_factory=Profile)
    faults: FaultSettings = field(default_factory=FaultSettings)
    flows: Path | None = None
    log: str | None = None
