"""Allure's command line in the cache of this user: installed once, for all projects.

``cli/package-lock.json`` pins every package by version and by hash and names no host, so npm takes them from
the registry, mirror and proxy that this machine is set up for.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure.node import Node

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
    named = environ.get(CACHE_VARIABLE)
    return Path(named) if named else user_cache_path("pytest-iflow", appauthor=False)


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
                    place.rename(Path(folder, "damaged"))
            with contextlib.suppress(OSError):  # the same
                made.rename(place)
    except OSError as error:
        raise IflowError(
            f"Allure's command line cannot be installed: {error.strerror or error}",
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
            env=node.environ(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_INSTALLED_WITHIN,
            check=False,
        )
        told = done.stdout if done.returncode else None
    except subprocess.TimeoutExpired:
        told = f"npm was not done after {_INSTALLED_WITHIN // 60} minutes"
    if told is not None:
        shown = "\n".join(told.strip().splitlines()[:_LINES_SHOWN])
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
