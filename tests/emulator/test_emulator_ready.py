"""The ready line."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.service_keys import KeyFolder


def test_line_is_one_line_of_json(landscape: Landscape, tmp_path: Path) -> None:
    """Exactly what the plugin is promised, and no secret."""
    line = KeyFolder(tmp_path).ready(landscape).line()
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    assert json.loads(line) == {
        "token": "https://127.0.0.1:1001",
        "runtime": "https://127.0.0.1:1002",
        "api": "https://127.0.0.1:1003",
        "keys": str(tmp_path),
        "ca": str(tmp_path / "ca.pem"),
    }
