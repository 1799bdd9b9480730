"""Where step definitions come from: the vocabulary that ships, and the project's own ``steps`` folder."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest_iflow.steps


def step_modules(root: Path) -> Iterator[ModuleType]:
    """Import and yield the modules; ``root`` is the folder of the project.

    A ``steps`` folder that is the shipped one, as in the repository of this package, is not read twice.
    """
    shipped = Path(pytest_iflow.steps.__path__[0]).resolve()
    for module in pkgutil.iter_modules([str(shipped)]):
        yield importlib.import_module(f"pytest_iflow.steps.{module.name}")
    own = (root / "steps").resolve()
    if own == shipped or not own.is_dir():
        return
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    for file in sorted(own.glob("*.py")):
        if file.stem != "__init__":
            yield importlib.import_module(f"steps.{file.stem}")
