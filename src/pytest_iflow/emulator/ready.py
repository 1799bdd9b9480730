"""What the landscape announces when every plane of it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pytest_iflow.emulator.planes import Planes


@dataclass(frozen=True, slots=True)
class Ready:
    """Where the planes, the folder of the keys, the key of the first client, and the CA certificate are."""

    planes: Planes
    keys: Path
    first_key: Path
    ca: Path

    def line(self) -> str:
        """Return one line of JSON for the process that started this one; it holds no secret."""
        ready = {
            "token": self.planes.token,
            "runtime": self.planes.runtime,
            "api": self.planes.api,
            "keys": str(self.keys),
            "ca": str(self.ca),
        }
        return json.dumps(ready) + "\n"
