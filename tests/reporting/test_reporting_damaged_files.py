"""What a killed run, a full disk or somebody left in the folder of a run: it blocks nothing."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure.all_reports import make_reports
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.changes import RunChanges
from pytest_iflow.results.comparison import compare
from pytest_iflow.results.history import History
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.plan import write_plan
from pytest_iflow.results.run_folder import read_run, recover
from tests.inner_project import InnerProject
from tests.reporting.finished_runs import MORNING, finished, scenario
from tests.reporting.offline_suite import arguments, environ, feature

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

READ = ("journal.jsonl", "plan.jsonl", "history.jsonl", "summary.json")
NO_NODE = {"IFLOW_NODE": "/no/node"}
CHANGES = RunChanges(
    MORNING, {"features/a.feature::s2": "newly failing"}, (), {"features/a.feature::s2": "since"}
)
RUN = replace(finished(scenario(1), scenario(2, "failed", "no"), scenario(3, "skipped")), changes=CHANGES)
WRONG: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e308, 10**400, float("nan"), float("inf"), "", "x", "\ud800", "\0" * 9),
    *([], {}, [None], {"a": 1}, "9999-99-99", "2026-11-03T04:42:00", "0001-01-01T00:00:00+14:00"),
)
"""What may stand in the place of any value."""


def leave_killed_run(folder: Path) -> None:
    """Write all that a killed run and those before it left."""
    journal = Journal(folder)
    journal.begin(RUN)
    for each in RUN.scenarios[:2]:
        journal.start(each.node_id)
        journal.finish(each, 1.0)
    journal.start("features/a.feature::s3")
    journal.close()
    write_plan(folder / "plan.jsonl", [*RUN.scenarios, scenario(4)])
    for hour in range(3):
        History(folder).append(replace(RUN, started=RUN.started.replace(hour=hour)))
    RUN.write(folder / "summary.json")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a text of JSON lines with a damage of one of many kinds."""
    lines = content.splitlines(keepends=True)
    line = chance.randrange(len(lines))
    place = chance.randrange(len(lines[line]) + 1)
    match chance.randrange(9):
        case 0:
            return content[: chance.randrange(len(content))]
        case 1:
            lines[line] = lines[line][:place] + b"\0" * chance.choice((1, 4096)) + lines[line][place:]
        case 2:
            lines[line] = lines[line][:place] + bytes(chance.randbytes(3)) + lines[line][place + 3 :]
        case 3:
            lines[line] = b"[" * 100_000 + b"\n"
        case 4:
            lines[line] = b'{"run": ' + b'{"a":' * 50_000 + b"\n"
        case 5:
            lines[line] = b'{"finished": ' + b"9" * 5_000 + b"}\n"
        case 6:
            chance.shuffle(lines)
        case _:
            lines[line] = json.dumps(_with_wrong_value(json.loads(lines[line]), chance)).encode() + b"\n"
    return b"".join(lines)


def _with_wrong_value(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {name: held for name, held in value.items() if name != key}
        return value | {key: _with_wrong_value(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], _with_wrong_value(value[at], chance), *value[at + 1 :]]
    return chance.choice(WRONG)


def test_damage_of_any_kind_is_told_in_our_words(tmp_path: Path) -> None:
    """Read by all that read it: the next run, report, index; a verdict that is good is never made of it."""
    pristine = tmp_path / "pristine"
    leave_killed_run(pristine)
    folder = tmp_path / "reports" / "acme" / "dev"
    for seed in range(400):
        chance = random.Random(seed)  # noqa: S311, no secret
        shutil.copytree(pristine, folder)
        if chance.random() < 0.3:
            (folder / "journal.jsonl").unlink()  # then the summary counts
        names = [name for name in READ if (folder / name).exists()]
        for name in chance.sample(names, chance.choice((1, 1, 2))):
            (folder / name).write_bytes(damaged((folder / name).read_bytes(), chance))
        told: list[str] = []
        history = History(folder)
        try:
            run = read_run(folder)
            assert run.verdict != "passed", seed
            write_summary(replace(run, changes=compare(run, history.newest_first())), tmp_path / "made")
            history.append(run)
        except IflowError:
            pass
        recover(folder, told.append)
        list(history.newest_first())
        write_index(tmp_path / "reports")
        shutil.rmtree(folder)


KINDS: dict[str, Callable[[Path], object]] = {
    "folder": lambda path: (path / "inside").mkdir(parents=True),
    "link to nothing": lambda path: path.symlink_to("nowhere"),
    "link to a file": lambda path: path.symlink_to(path.parent / "precious"),
    "pipe": os.mkfifo if hasattr(os, "mkfifo") else Path.mkdir,
    "zeros": lambda path: path.write_text("\0" * 100_000, encoding="ascii"),
    "not UTF-8": lambda path: path.write_text('{"run": "ÿþ"}\n' * 3, encoding="latin-1"),
}


FILES = ("journal.jsonl", "plan.jsonl", "summary.json", "summary.html", "history.jsonl", "junit.xml")
FOLDERS = ("allure-results", "allure-report")


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
@pytest.mark.parametrize("kind", KINDS)
def test_something_else_in_the_place_of_a_file_is_left_aside(offline: InnerProject, kind: str) -> None:
    """The run goes on, says so in one sentence for each, and touches nothing that a link leads to."""
    offline.write("features/a.feature", feature('"first" is good'))
    folder = offline.root / "reports" / "acme" / "dev"
    folder.mkdir(parents=True)
    (folder / "precious").write_text("precious", encoding="utf-8")
    for name in (*FILES, *FOLDERS):
        if kind != "folder" or name in FILES:
            KINDS[kind](folder / name)
    make_reports(folder.parent.parent, [folder], NO_NODE)
    outcome = offline.run(*arguments(), **environ())
    assert outcome.code == 0
    assert "Traceback" not in outcome.text
    assert outcome.summary("acme/dev")["verdict"] == "passed"
    assert (folder / "precious").read_text(encoding="utf-8") == "precious"
    for name in ("journal.jsonl", "allure-results"):
        if kind != "folder" or name in FILES:
            assert len([line for line in outcome.out.splitlines() if name in line and " was " in line]) == 1
    if kind == "folder":
        assert len(list(folder.glob("*.aside/inside"))) == len(FILES)
