"""Which way each scenario went through exported iFlows when it ran last, kept beside the history.

``flow-paths.json`` is updated by each run on a local tenant: a run of some scenarios replaces what is known
of these. Ways, and what a run rested on, stand there once and are named by their places::

    schema, version   version is that of pytest-iflow
    runs              started, files (SHA-256 by name), flows (by id, digests as in iflow_model/flow_state)
    ways              for each way the parts that were passed, by id of the flow
    scenarios         by node id: place of the run, place of the way, digest of its text, whether it passed
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from pytest_iflow.errors import reason_of
from pytest_iflow.iflow_model.flow_state import FlowDigests
from pytest_iflow.results.files import replace_file
from pytest_iflow.results.json_format import UnfitJsonError, decode, encode
from pytest_iflow.tenants.suite_files import read_regular

SCHEMA = 1
RUNS_KEPT = 50
"""Runs of which something is kept; scenarios that ran last before these have no recorded way any more."""

Way = Mapping[str, tuple[str, ...]]
"""The ids of the steps and routes that a scenario passed, sorted, by the id of the flow; see also NOBODY."""

NOBODY = ""
"""Stands in a way for an address at which there was no flow: one that is there now would answer."""


class RunState(Struct, frozen=True):
    """What the ways of a run rest on: the files of the suite that it read, by name, and the flows, by id."""

    started: str
    files: Mapping[str, str]
    flows: Mapping[str, FlowDigests]


class RecordedWay(Struct, frozen=True):
    """The way of one scenario in one run; ``text`` is a digest of the scenario as it stood in its feature."""

    way: Way
    text: str
    passed: bool


class _Place(Struct, frozen=True, array_like=True):
    run: int
    way: int
    text: str
    passed: bool


class FlowPaths(Struct, frozen=True):
    """All that is recorded; ``runs`` are the newest first."""

    version: str
    runs: tuple[RunState, ...] = ()
    ways: tuple[Way, ...] = ()
    scenarios: Mapping[str, _Place] = {}

    def __post_init__(self) -> None:
        for each in self.scenarios.values():
            if not (0 <= each.run < len(self.runs) and 0 <= each.way < len(self.ways)):
                raise ValueError("a scenario names a run or a way that is not there")

    def with_run(
        self, state: RunState, seen: Mapping[str, RecordedWay], is_gone: Callable[[str], bool]
    ) -> FlowPaths:
        """Return it with the ways of one more run; scenarios that are gone are left out."""
        kept = {
            node_id: each
            for node_id, each in self.scenarios.items()
            if node_id not in seen and each.run < RUNS_KEPT - 1 and not is_gone(node_id)
        }
        used = sorted({each.run for each in kept.values()})
        place_of_run = {run: place for place, run in enumerate(used, start=1)}
        ways: dict[tuple[tuple[str, tuple[str, ...]], ...], int] = {}

        def place_of_way(way: Way) -> int:
            return ways.setdefault(tuple(sorted(way.items())), len(ways))

        places = {
            **{
                node_id: _Place(
                    place_of_run[each.run], place_of_way(self.ways[each.way]), each.text, each.passed
                )
                for node_id, each in kept.items()
            },
            **{
                node_id: _Place(0, place_of_way(each.way), each.text, each.passed)
                for node_id, each in seen.items()
            },
        }
        return FlowPaths(
            _version(), (state, *(self.runs[run] for run in used)), tuple(map(dict, ways)), places
        )

    def write(self, path: Path) -> None:
        """Write it; raises OSError."""
        replace_file(
            path,
            encode(
                {
                    "schema": SCHEMA,
                    "version": self.version,
                    "runs": self.runs,
                    "ways": self.ways,
                    "scenarios": self.scenarios,
                }
            ),
        )


def no_paths() -> FlowPaths:
    """Return a record without any scenario."""
    return FlowPaths(_version())


def read_flow_paths(path: Path) -> tuple[FlowPaths, str]:
    """Return what is recorded, and why that is nothing where it is; never raises."""
    try:
        found = decode(read_regular(path), FlowPaths, SCHEMA)
    except FileNotFoundError:
        return no_paths(), f"no run has recorded yet which way its scenarios go ({path.name} is not there)"
    except UnfitJsonError as error:
        return no_paths(), f"{path} cannot be read: {error}"
    except OSError as error:
        return no_paths(), f"{path} cannot be read: {reason_of(error)}"
    if found.version != _version():
        return no_paths(), f"{path.name} is of pytest-iflow {found.version}, and this is {_version()}"
    return found, ""


def add_latest_runs(target: Path, sources: Iterable[Path]) -> None:
    """Add to a record the latest run of each of several others, which may be missing; raises OSError.

    Of a scenario that is in several the latest counts.
    """
    paths, _ = read_flow_paths(target)
    found = [source for source, _ in map(read_flow_paths, sources) if source.runs]
    for source in sorted(found, key=lambda one: one.runs[0].started):
        seen = {
            node_id: RecordedWay(source.ways[each.way], each.text, each.passed)
            for node_id, each in source.scenarios.items()
            if each.run == 0
        }
        paths = paths.with_run(source.runs[0], seen, lambda _: False)
    if found:
        paths.write(target)


def _version() -> str:
    return version("pytest-iflow")
