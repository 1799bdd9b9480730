"""The layers that ARCHITECTURE.md shows, held true: who may import whom, and how large a module may be."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "pytest_iflow"
STEPS = "steps"

LAYERS = (
    ("errors", "file_lock", "held_files", "lazy_pattern", "places", "bounded"),
    ("iflow_model",),
    ("iflow_engine",),
    ("secrets",),
    ("tenants",),
    ("transport",),
    ("checks",),
    ("oauth",),
    ("runtime",),
    ("monitoring",),
    ("local_tenant", "other_environments", "run"),
    ("diagnosis",),
    ("gherkin",),
    (STEPS,),
    ("results",),
    ("reporting",),
    ("acceptance", "load"),
    ("drafts",),
    ("imports", "recording"),
    ("plugin", "cli", "lint", "__main__"),
)
"""Lowest first; a module imports from its own layer and from lower ones."""

LAYER_OF = {name: number for number, layer in enumerate(LAYERS) for name in layer}

PEER = "emulator"
NOBODYS = frozenset({"held_files", "iflow_engine", "iflow_model"})
"""Parts that both sides use: they know nothing of a tenant."""

STARTS_THE_PEER = frozenset({"cli"})
"""Parts that import the emulator; ``local_tenant`` starts it as a process."""

LONGEST_MODULE = 300
NO_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "common", "misc"})

DATA_ONLY = frozenset({"schemas", "builtin_tenants"})
"""Sub-packages that hold files and no code."""


def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name without the package's, as it is installed."""
    found = {}
    for folder, prefix in ((ROOT / "src" / PACKAGE, ""), (ROOT / STEPS, f"{STEPS}.")):
        for path in sorted(folder.rglob("*.py")):
            name = ".".join(path.relative_to(folder).with_suffix("").parts)
            found[(prefix + name).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def part(module: str) -> str:
    """Return the part of the package that a module belongs to: its first name."""
    return module.partition(".")[0]


def _imports(module: str, path: Path) -> Iterator[str]:
    """Yield what a module imports of the package, without the package's name; functions' imports, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            parent = module.rsplit(".", node.level)[0]
            names = [f"{PACKAGE}.{parent}.{node.module or node.names[0].name}"]
        elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            names = [f"{PACKAGE}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith(f"{PACKAGE}."):
                yield name.removeprefix(f"{PACKAGE}.")


@cache
def imported(module: str, path: Path) -> tuple[str, ...]:
    """Return what a module imports; each module is parsed once for all tests."""
    return tuple(_imports(module, path))


def test_every_part_has_a_layer() -> None:
    """A new part is put into the order on purpose, and the order names nothing that is gone."""
    known = {name for layer in LAYERS for name in layer} | {PEER}
    parts = {part(module) for module in MODULES} - {"__init__"}
    assert parts == known


@pytest.mark.parametrize("module", [name for name in MODULES if part(name) in LAYER_OF])
def test_a_module_imports_from_lower_layers_only(module: str) -> None:
    """One direction, no step back."""
    layer = LAYER_OF[part(module)]
    names = [name for name in imported(module, MODULES[module]) if part(name) not in DATA_ONLY | {PEER}]
    assert [name for name in names if LAYER_OF[part(name)] > layer] == []


def test_no_modules_import_each_other() -> None:
    """Whoever reads one module of a circle has to read all of them."""
    names = {
        module: {_module_of(name) for name in imported(module, path)} - {module, ""}
        for module, path in MODULES.items()
    }
    while leaves := {module for module, others in names.items() if not others & names.keys()}:
        for module in leaves:
            del names[module]
    on_the_way = {module for others in names.values() for module in others}
    assert sorted(names.keys() & on_the_way) == []


def test_every_package_ships() -> None:
    """The wheel has every folder with code in it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {f"{PACKAGE}.{module.rpartition('.')[0]}".rstrip(".") for module in MODULES} - {f"{PACKAGE}."}
    shipped = set(settings["tool"]["setuptools"]["packages"])
    assert shipped - packages == {f"{PACKAGE}.{name}" for name in DATA_ONLY}
    assert packages - shipped == set()


def test_every_file_of_a_package_ships() -> None:
    """The wheel has the templates, tables and words beside the code."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = settings["tool"]["setuptools"]["package-data"]
    top = ROOT / "src"
    patterns = [f"{package.replace('.', '/')}/{name}" for package in shipped for name in shipped[package]]
    files = {
        path.relative_to(top).as_posix()
        for path in (top / PACKAGE).rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert files
    assert {file for file in files if not any(fnmatch(file, pattern) for pattern in patterns)} == set()


def _module_of(name: str) -> str:
    """The module in which an imported name stands."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def test_the_emulator_and_the_client_know_nothing_of_each_other() -> None:
    """One mistake must not hide on both sides."""
    crossing = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        for name in imported(module, path)
        if (part(module) == PEER) != (part(name) == PEER)
        and part(module) not in STARTS_THE_PEER
        and part(name) not in NOBODYS
    ]
    assert crossing == []


def test_no_module_is_too_long() -> None:
    """One concept a module."""
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module for module, length in lengths.items() if length >= LONGEST_MODULE} == set()


def test_every_module_is_named_for_its_concept() -> None:
    """A drawer for everything is none."""
    assert {module for module in MODULES if not NO_NAMES.isdisjoint(module.split("."))} == set()


def test_the_architecture_shows_the_same_layers() -> None:
    """In the same order."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.partition("## Layers")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    shown = tuple(tuple(name.strip().strip("`") for name in row.split(",")) for row in rows)
    assert shown == LAYERS
