"""What the command line leaves out of a suite, as one line that can be read and typed again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow.secrets.registry import mask

_OPTIONS = {
    "-k": "keyword",
    "-m": "markexpr",
    "--scenario": "scenario",
    "--changed-since": "changed_since",
    "--deselect": "deselect",
    "--ignore": "ignore",
    "--ignore-glob": "ignore_glob",
    "--lf": "lf",
    "--stepwise": "stepwise",
}
"""Options that leave scenarios out, with the names under which pytest keeps what they are given."""


def selection(config: pytest.Config, shard: str) -> str:
    """Return the paths and options that leave something out; empty where the whole suite runs.

    The last is ``--shard K/N``, where ``shard`` is not empty.
    """
    part = ("--shard", shard) if shard else ()
    return shlex.join(map(mask, (*_paths(config), *_options(config), *part)))


def _options(config: pytest.Config) -> Iterator[str]:
    for name, kept in _OPTIONS.items():
        value = getattr(config.option, kept, None)
        for each in value if isinstance(value, list) else [value]:
            if each:
                yield from (name,) if each is True else (name, str(each))


def _paths(config: pytest.Config) -> list[str]:
    """The paths of the command line, unless all of ``testpaths`` is below them."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return []
    here = config.invocation_params.dir
    given = [(here / argument).resolve() for argument in config.args]
    suite = [config.rootpath / path for path in config.getini("testpaths")] or [config.rootpath / "features"]
    if all(any(path.resolve().is_relative_to(each) for each in given) for path in suite):
        return []
    return [_relative_argument(argument, config.rootpath) for argument in config.args]


def _relative_argument(argument: str, root: Path) -> str:
    path, node, rest = argument.partition("::")
    if Path(path).is_absolute() and Path(path).is_relative_to(root):
        path = Path(path).relative_to(root).as_posix()
    return f"{path}{node}{rest}"
