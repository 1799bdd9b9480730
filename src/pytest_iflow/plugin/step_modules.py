"""Where step definitions come from: the vocabulary that ships, and the project's own ``steps`` folder."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import pytest_iflow.steps
from pytest_iflow.errors import ConfigurationError


def shipped_step_modules() -> Iterator[ModuleType]:
    """Import and yield the modules of the vocabulary that ships."""
    for module in pkgutil.iter_modules(pytest_iflow.steps.__path__):
        yield importlib.import_module(f"pytest_iflow.steps.{module.name}")


def step_modules(root: Path) -> Iterator[ModuleType]:
    """Import and yield the modules; ``root`` is the folder of the project.

    Raises ConfigurationError for one of the project's that cannot be imported.
    In a checkout of this package the folder ``steps`` is what ships, installed from here or as a wheel; it is
    not read twice.
    """
    yield from shipped_step_modules()
    own = root / "steps"
    if not own.is_dir() or (root / "src" / "pytest_iflow").is_dir():
        return
    own = own.resolve()
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    if "steps" not in sys.modules:
        pytest.register_assert_rewrite("steps")  # an assert that fails shows its values
    _import_package(own)
    for file in sorted(own.glob("*.py")):
        if file.stem != "__init__":
            yield _import_file(file)


def _import_file(file: Path) -> ModuleType:
    try:
        return importlib.import_module(f"steps.{file.stem}")
    except Exception as error:  # whatever a file of the project may raise
        said = f"{type(error).__name__}: {error}"
        raise ConfigurationError(
            f"Steps of the project cannot be read: {said}",
            where=_place_of_error(error, file),
            remedy="correct it; files of the folder steps are imported before anything runs",
        ) from error


def _place_of_error(error: Exception, file: Path) -> str:
    """The line below the steps folder that raised ``error``, or that is no Python."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == file.parent]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else str(file)


def _import_package(folder: Path) -> None:
    """Make ``steps`` the package in ``folder``, which need not have an ``__init__.py``.

    Another package of that name, wherever it is installed, would go before a folder without one.
    """
    known = sys.modules.get("steps")
    if known is not None and str(folder) in known.__path__:
        return
    init = folder / "__init__.py"
    spec = (
        spec_from_file_location("steps", init, submodule_search_locations=[str(folder)])
        if init.is_file()
        else ModuleSpec("steps", None, is_package=True)
    )
    assert spec is not None  # noqa: S101, the file is there and is Python
    spec.submodule_search_locations = [str(folder)]
    package = sys.modules["steps"] = module_from_spec(spec)
    if spec.loader is not None:
        spec.loader.exec_module(package)
