"""Files that another program holds, as Windows shows them: moves and removals are refused for a while.

Test modules import from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

FOR_EVER = -1

CONFTEST = """
from tests_held_files import hold
import os
from pytest_iflow import held_files
held_files.PATIENCE = float(os.environ.get("PATIENCE", held_files.PATIENCE))
hold()
"""
"""How the ``conftest.py`` of a suite begins that has this module beside it, as ``tests_held_files.py``."""


def held(*files: tuple[str, str, int], patience: float | None = None) -> dict[str, str]:
    """Return the variables of a run: each file as operation, end of its name, and how often it is refused."""
    return {"HELD": json.dumps(files), **({} if patience is None else {"PATIENCE": str(patience)})}


def hold() -> None:
    """Refuse what the variable ``HELD`` tells, in this process."""
    files = json.loads(os.environ.get("HELD", "[]"))

    def refusing(operation: str, real: Any) -> Any:
        def act(path: Any, *arguments: Any, **options: Any) -> Any:
            names = [str(each) for each in (path, *arguments) if isinstance(each, str | os.PathLike)]
            for file in files:
                if file[0] == operation and file[2] and any(name.endswith(file[1]) for name in names):
                    file[2] -= 1
                    raise PermissionError(13, "The process cannot access the file", names[0])
            return real(path, *arguments, **options)

        return act

    os.replace = refusing("replace", os.replace)
    os.unlink = refusing("unlink", os.unlink)


@contextmanager
def holding(monkeypatch: pytest.MonkeyPatch, *files: tuple[str, str, int]) -> Iterator[None]:
    """Refuse it in this very process meanwhile."""
    with monkeypatch.context() as patch:
        patch.setenv("HELD", json.dumps(files))
        patch.setattr(os, "replace", os.replace)
        patch.setattr(os, "unlink", os.unlink)
        hold()
        yield
