"""Whether the files of a run are what the run itself left and used, by its chain.

What is compared: every file of evidence, every file of the suite that was read, and each scenario of the
summary with what stood in the journal when it had finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from pytest_iflow.acceptance.objection import Objection
from pytest_iflow.results.chain import SealedRun, disagreements, hash_of
from pytest_iflow.results.run_folder import SUMMARY
from pytest_iflow.results.run_result import RunResult

_PYTHON = ".py"
_AGAIN = "Run the suite again, then accept that run; leave its files as they are."


def provenance(run: RunResult, sealed: SealedRun | None, folder: Path, root: Path) -> Iterator[Objection]:
    """Yield why the files in ``folder`` and below ``root`` are not known to be those of the run."""
    if sealed is None:
        yield Objection(
            "unsealed",
            "The run left no seal: nothing tells whether its files are what it wrote.",
            "Run the suite again, with this version of pytest-iflow: earlier ones made no seal.",
        )
        return
    altered = (*disagreements(sealed, folder), *_told_otherwise(run, sealed))
    if altered:
        yield Objection("altered", "Files of the run are not as the run left them.", _AGAIN, altered)
    changed = tuple(sorted(_changed_inputs(sealed, root)))
    if changed:
        yield Objection("inputs", "Files of the suite are not as the run used them.", _AGAIN, changed)


def _told_otherwise(run: RunResult, sealed: SealedRun) -> Iterator[str]:
    """What the summary says and the journal does not, or the other way round."""
    if not sealed.seal:
        return
    for key, told in (
        ("tenant", run.tenant),
        ("environment", run.environment),
        ("started", run.started.isoformat()),
    ):
        if (wrote := getattr(sealed.run, key)) != told:
            yield f"{SUMMARY}: {key} is {told}, the run wrote {wrote}"
    told_of = {each.node_id: each for each in run.scenarios}
    for node_id, scenario in told_of.items():
        wrote = sealed.statuses.get(node_id, "not run")
        if scenario.status != wrote:
            yield f"{SUMMARY}: {node_id} is {scenario.status}, the run wrote {wrote}"
    for node_id in sealed.statuses.keys() - told_of.keys():
        yield f"{SUMMARY}: {node_id} is missing"


def _changed_inputs(sealed: SealedRun, root: Path) -> Iterator[str]:
    for name, hashes in sealed.used.items():
        if len(hashes) > 1:
            yield f"{name}: changed while the run went on"
            continue
        try:
            if hash_of(root / name, follow=True) != hashes[0]:
                yield f"{name}: changed since the run"
        except FileNotFoundError:
            yield f"{name}: gone"
        except (OSError, ValueError) as error:  # the second for what is no name of a file at all
            yield f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}"


def suite_files(sealed: SealedRun | None, root: Path) -> dict[str, Path]:
    """Return the files that the run used and that are still as they were then, by path in the evidence.

    Not its Python: what testers write in there is no test data, and may be more than a record should show.
    """
    found = {}
    for name, hashes in sealed.used.items() if sealed else ():
        try:
            if not name.endswith(_PYTHON) and [hash_of(root / name, follow=True)] == hashes:
                found[_place(name)] = root / name
        except (OSError, ValueError):
            continue  # an objection says so
    return found


def sealed_hashes(sealed: SealedRun | None) -> dict[str, str]:
    """Return the SHA-256 that the seal stands for, by path in the evidence."""
    if sealed is None:
        return {}
    used = {_place(name): hashes[-1] for name, hashes in sealed.used.items()}
    return {**used, **{f"run/{name}": sha256 for name, sha256 in sealed.files.items()}}


def _place(name: str) -> str:
    """Where a file of the suite stands in the evidence; one from outside of it apart from the others."""
    parts = PurePosixPath(name).parts
    inside = [part for part in parts if part not in {"..", "/"}]
    if len(inside) == len(parts) and not PureWindowsPath(name).drive:
        return f"suite/{name}"
    return "/".join(("elsewhere", str(parts.count("..")), *(part.replace(":", "") for part in inside)))
