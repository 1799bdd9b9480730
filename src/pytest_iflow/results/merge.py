"""The reports of several machines as those of one run. What others wrote is data and nothing more.

Each machine ran a shard of the suite (``--shard K/N``). What one run knows once is said once, what differs
between machines is listed side by side, and a shard that is missing makes the merged run a partial one.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.shards import Shard
from pytest_iflow.results.run_folder import JOURNAL, SUMMARY, read_run
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.tenants.suite_files import NO_FILE, read_regular

_SHARD_OF_0_1_0 = re.compile(r"(?:--)?shard[= ](\d{1,6}/\d{1,6})")
"""How version 0.1.0 wrote the shard, which was a part of the selection only."""
_DOCUMENT = re.compile(r"[\w.-]+-(result|container)\.json|executor\.json")
_OTHER = re.compile(r"[\w.-]+-attachment[\w.-]*|environment\.properties")
_PLAIN_NAME = re.compile(r"\w[\w.-]*")
_LINK = re.compile(r"https?://\S+|[^\s:]*", re.IGNORECASE)
_ACTIVE = re.compile(r"html|svg|script", re.IGNORECASE)
_AS_TEXT = "text/plain"
_MARKUP = frozenset({"descriptionHtml"})
"""What Allure shows as HTML, which no reporter of ours writes."""
_ADDRESSES = frozenset({"url", "buildUrl", "reportUrl"})
_NAMED_DOUBLES = 5


@dataclass(frozen=True, slots=True)
class ShardReport:
    """The folder that one machine left for a tenant and environment, and the run that it tells of."""

    folder: Path
    result: RunResult

    @property
    def shard(self) -> Shard | None:
        """The shard that the machine ran; raises ConfigurationError for what is none."""
        if self.result.shard:
            return Shard.parse(self.result.shard)
        found = _SHARD_OF_0_1_0.search(self.result.selection)
        return Shard.parse(found[1]) if found else None

    @property
    def selection(self) -> str:
        """What else was selected; the shard stands last in a selection."""
        if self.result.shard:
            return self.result.selection.removesuffix(f"--shard {self.result.shard}").strip()
        return _SHARD_OF_0_1_0.sub("", self.result.selection).strip(" ,;")


def shard_reports(
    folders: Sequence[Path], require_harmless: Callable[[Path], None] = lambda _: None
) -> list[ShardReport]:
    """Return what the folders hold, each a ``reports`` folder or a ``<tenant>/<environment>`` within one.

    A machine that did not come as far as a run may have left a folder without one. ``require_harmless`` looks
    at the folder of each run before that is read. Folders within these that are links are left out. Raises
    ConfigurationError where none holds a run, IflowError for a summary that cannot be read.
    """
    found: list[ShardReport] = []
    for folder in folders:
        runs = {
            path.parent: None
            for name in (SUMMARY, JOURNAL)
            for path in (*folder.glob(name), *folder.glob(f"*/*/{name}"))
            if not any(above.is_symlink() for above in path.parents if folder in above.parents)
        }
        if not runs and not folder.is_dir():
            raise _no_report(folder)
        for run in sorted(runs):
            require_harmless(run)
            found.append(ShardReport(run, read_run(run)))
    if not found:
        raise _no_report(*folders)
    return found


def _no_report(*folders: Path) -> ConfigurationError:
    return ConfigurationError(
        "The folder holds no report of a run.",
        where=", ".join(map(str, folders)),
        remedy="Name the folder reports of each machine, or leave the machine out: "
        "the merged run then says that its shard is missing.",
    )


def latest_of_each_shard(reports: Sequence[ShardReport]) -> list[ShardReport]:
    """Return the reports without those of shards that ran again later, shards in their order."""
    latest: dict[object, ShardReport] = {}
    for number, report in enumerate(sorted(reports, key=lambda report: report.result.started)):
        run = report.result
        latest[(run.tenant, run.environment, run.selection) if report.shard else number] = report
    return sorted(latest.values(), key=lambda report: report.shard.number if report.shard else 0)


def merged_run(reports: Sequence[ShardReport]) -> RunResult:
    """Return one run of all ``reports``, of which there is at least one.

    Raises ConfigurationError for reports of different tenants or environments, of different divisions of the
    suite, and for a scenario that ran in several shards.
    """
    runs = [report.result for report in reports]
    _refuse_strangers(reports)
    _refuse_doubles(runs)
    # A module that each machine skipped as a whole is there once.
    scenarios = {each.node_id: each for run in runs for each in run.scenarios}.values()
    started = min(run.started for run in runs)
    ended = max(run.started.timestamp() + run.seconds for run in runs)
    return RunResult(
        tenant=runs[0].tenant,
        environment=runs[0].environment,
        started=started,
        seconds=ended - started.timestamp(),
        scenarios=tuple(sorted(scenarios, key=attrgetter("file", "line", "node_id"))),
        hosts=_side_by_side(run.hosts for run in runs),
        versions=_side_by_side(run.versions for run in runs),
        interrupted=any(run.interrupted for run in runs),
        collection_errors=_each_once(run.collection_errors for run in runs),
        environment_problems=_each_once(run.environment_problems for run in runs),
        selection=_selection(reports),
        artifacts=_side_by_side(run.artifacts for run in runs),
        runtime_version=_joined(run.runtime_version for run in runs),
        leaks=_each_once(run.leaks for run in runs),
        unchecked_formats=_each_once(run.unchecked_formats for run in runs),
        written_goldens=_each_once(run.written_goldens for run in runs),
        flow_coverage_source=_joined(run.flow_coverage_source for run in runs),
    )


def _refuse_strangers(reports: Sequence[ShardReport]) -> None:
    places = sorted({f"{report.result.tenant}/{report.result.environment}" for report in reports})
    if len(places) > 1:
        raise ConfigurationError(
            f"The reports are of different tenants or environments: {', '.join(places)}.",
            remedy="Merge the shards of one suite that ran against the same environment.",
        )
    counts = sorted({report.shard.count for report in reports if report.shard})
    if len(counts) > 1 or (counts and not all(report.shard for report in reports)):
        shown = ", ".join(
            f"{report.folder}: {report.result.selection or 'the whole suite'}" for report in reports
        )
        raise ConfigurationError(
            "The reports are not of one suite that was divided once.",
            where=shown,
            remedy="Merge reports of runs with the same N in --shard=K/N.",
        )


def _refuse_doubles(runs: Sequence[RunResult]) -> None:
    node_ids = (scenario.node_id for run in runs for scenario in run.scenarios)
    times = Counter(node_id for node_id in node_ids if "::" in node_id)  # others are of whole modules
    doubles = sorted(node_id for node_id, count in times.items() if count > 1)
    if doubles:
        more = f" and {len(doubles) - _NAMED_DOUBLES} more" if len(doubles) > _NAMED_DOUBLES else ""
        raise ConfigurationError(
            f"Several reports tell of the same scenario: {', '.join(doubles[:_NAMED_DOUBLES])}{more}.",
            remedy="Merge the shards of one suite; of a shard that ran twice the later run counts.",
        )


def _selection(reports: Sequence[ShardReport]) -> str:
    """What the merged run left out: what every machine left out, and the shards that are missing."""
    present = {report.shard.number for report in reports if report.shard}
    count = max((report.shard.count for report in reports if report.shard), default=0)
    missing = [f"{number}/{count}" for number in range(1, count + 1) if number not in present]
    selections = dict.fromkeys(report.selection for report in reports)
    parts = [selection for selection in selections if selection]
    if missing:
        parts.append(f"without {'shard' if len(missing) == 1 else 'shards'} {', '.join(missing)}")
    return ", ".join(parts)


def _each_once(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in part))


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))


def _side_by_side(maps: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Every name with its value, or with all values where machines differ."""
    known = list(maps)
    names = dict.fromkeys(name for each in known for name in each)
    return {name: _joined(each.get(name, "") for each in known) for name in names}


def require_plain(folder: Path, names: Iterable[str]) -> None:
    """Raise ConfigurationError where one of ``names`` is in ``folder`` and no regular file there."""
    for name in names:
        path = folder / name
        if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
            raise ConfigurationError(
                f"A report holds what no run writes: {NO_FILE}.",
                where=str(path),
                remedy="Remove it, or take the reports anew from the machine that wrote them.",
            )


def copy_results(source: Path, target: Path) -> None:
    """Copy the results of a folder that ``require_plain_results`` let pass; raises OSError.

    Files that no reporter of ours writes, and documents that are no JSON, stay behind. In documents is left
    out what a browser would act on: HTML, addresses but those of the web, attachments by another name than
    that of a file beside them.
    """
    for name in sorted(path.name for path in source.iterdir()):
        if _DOCUMENT.fullmatch(name):
            data = read_regular(source / name, follow=False)
            try:
                document = json.loads(data)
                harmless = _harmless(document)
            except (ValueError, RecursionError):
                continue
            if harmless != document:
                data = json.dumps(harmless, ensure_ascii=False).encode("utf-8", "backslashreplace")
            (target / name).write_bytes(data)
        elif _OTHER.fullmatch(name):
            (target / name).write_bytes(read_regular(source / name, follow=False))


def require_plain_results(source: Path) -> None:
    """Raise ConfigurationError for a folder of results that is a link, or holds one, a pipe or a folder."""
    if source.is_symlink():
        require_plain(source.parent, (source.name,))
    require_plain(source, (path.name for path in source.iterdir()))


def _harmless(value: Any) -> Any:
    if isinstance(value, list):
        return [_harmless(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _harmless(_harmless_list(key, held))
        for key, held in value.items()
        if key not in _MARKUP and (key not in _ADDRESSES or _is_address(held))
    }


def _harmless_list(key: str, held: Any) -> Any:
    """The links and attachments of a result that are harmless; anything else as it is."""
    if key == "links" and isinstance(held, list):
        return [each for each in held if isinstance(each, dict) and _is_address(each.get("url"))]
    if key == "attachments" and isinstance(held, list):
        return [_as_text(each) for each in held if _is_beside(each)]
    return held


def _is_address(value: object) -> bool:
    return isinstance(value, str) and bool(_LINK.fullmatch(value))


def _is_beside(attachment: object) -> bool:
    source = attachment.get("source") if isinstance(attachment, dict) else None
    return isinstance(source, str) and bool(_PLAIN_NAME.fullmatch(source))


def _as_text(attachment: dict[str, Any]) -> dict[str, Any]:
    """An attachment that a browser would run is shown as its source."""
    kind = str(attachment.get("type") or _AS_TEXT)
    return {**attachment, "type": _AS_TEXT} if _ACTIVE.search(kind) else attachment
