"""Reports of several machines, written as those of one run: the same as if one machine had run it all."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from pytest_iflow import held_files
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.merged_folder import merge_reports
from pytest_iflow.results.chain import disagreements, read_sealed_run
from pytest_iflow.results.history import History
from pytest_iflow.results.run_folder import SEALED_JOURNAL
from tests.held_files import FOR_EVER, holding
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

CONFTEST = """
    from pytest_iflow.gherkin.vocabulary import step

    @step("nothing fits")
    def nothing_fits():
        assert False, "not this time"
"""

FEATURE = """
    @REQ-1
    Feature: Every fate
      Scenario: good
        Given an access token
      @TEST_ABC-12
      Scenario: wrong
        Given an access token
        Then nothing fits
      @skip(not_today)
      Scenario: left out
        Given an access token
      Scenario: unknown
        When I do magic
      Scenario Outline: row <n>
        Given an access token
        Examples:
          | n |
          | 1 |
          | 2 |
          | 3 |
"""
SHARDS = 4
TIMES = frozenset({"started", "seconds", "selection", "hosts"})


@pytest.fixture(scope="module")
def machines(new_project: Callable[[], InnerProject]) -> Path:
    """A folder with the reports of one run of the whole suite, and those of four machines."""
    project = new_project()
    project.write("conftest.py", CONFTEST)
    project.write("features/fates.feature", FEATURE)
    project.write("features/more.feature", FEATURE.replace("Every fate", "More"))
    project.write("features/broken.feature", "Feature: B\n  Scenario: a\n    Given\n  nonsense\n")
    common = ["--tenant=local", "-q", "--continue-on-collection-errors", "-p", "no:cacheprovider"]
    project.run_several(
        ([*common, "-o", "iflow_reports=whole"], {}),
        *(
            ([*common, "-o", f"iflow_reports=machine-{number}", f"--shard={number}/{SHARDS}"], {})
            for number in range(1, SHARDS + 1)
        ),
    )
    return project.root


def summary(reports: Path) -> dict[str, Any]:
    """Return ``summary.json`` without what differs from run to run: times, and who asked for the token."""
    data = json.loads((reports / "local/dev/summary.json").read_text(encoding="utf-8"))
    for scenario in data["scenarios"]:
        del scenario["seconds"], scenario["exchange"]
        for step in scenario["steps"]:
            del step["seconds"]
    data["scenarios"].sort(key=lambda scenario: scenario["node_id"])
    return {key: value for key, value in data.items() if key not in TIMES}


def junit(reports: Path) -> etree._Element:
    """Return the one suite of ``junit.xml``."""
    (suite,) = etree.parse(reports / "local/dev/junit.xml").getroot()
    return suite


def facts(case: etree._Element) -> tuple[object, ...]:
    """Return what a test case says, without its time."""
    place = case.get("classname"), case.get("name"), case.get("file"), case.get("line")
    properties = [(each.get("name"), each.get("value")) for each in case.iter("property")]
    return *place, *properties, *(child.tag for child in case)


def allure(reports: Path) -> Counter[tuple[str, str]]:
    """Return titles and statuses of all Allure results."""
    files = (reports / "local/dev/allure-results").glob("*-result.json")
    results = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    return Counter((result["name"], result["status"]) for result in results)


def past(reports: Path) -> list[tuple[object, ...]]:
    """Return what the history knows of each run, without its times."""
    return [
        (run.verdict, run.counts, run.whole, dict(zip(run.listed.node_ids, run.results, strict=True)))
        for run in History(reports / "local/dev").newest_first()
    ]


def test_four_shards_leave_what_one_run_leaves(machines: Path, tmp_path: Path) -> None:
    """The same summary, history, JUnit counts and cases, and Allure results; an index over all."""
    ((merged, seal),) = merge_reports(
        [machines / f"machine-{number}" for number in range(1, SHARDS + 1)], tmp_path
    )
    assert merged.counts == {"passed": 8, "failed": 2, "broken": 3, "skipped": 2, "not run": 0}
    assert (merged.selection, len(seal)) == ("", 64)
    assert summary(tmp_path) == summary(machines / "whole")
    assert past(tmp_path) == past(machines / "whole")
    one, many = junit(machines / "whole"), junit(tmp_path)
    for counted in ("tests", "errors", "failures", "skipped", "name"):
        assert many.get(counted) == one.get(counted)
    assert sorted(map(facts, many), key=str) == sorted(map(facts, one), key=str)
    assert allure(tmp_path) == allure(machines / "whole")
    assert sum(allure(tmp_path).values()) == 15
    assert "15" in (tmp_path / "local/dev/summary.html").read_text(encoding="utf-8")
    assert "local/dev/summary.html" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_merged_run_has_a_seal_that_knows_those_of_its_parts(machines: Path, tmp_path: Path) -> None:
    """What the machines read is what it rests on; a part that was edited, or has no seal, is named."""
    parts = [tmp_path / f"part-{number}" for number in (1, 2, 3)]
    for number, part in enumerate(parts, start=1):
        shutil.copytree(machines / f"machine-{number}", part)
    merge_reports(parts, tmp_path / "reports")
    folder = tmp_path / "reports" / "local" / "dev"
    sealed = read_sealed_run(folder)
    assert sealed is not None
    assert (sealed.seal != "", sealed.faults, list(disagreements(sealed, folder))) == (True, [], [])
    assert {"features/fates.feature", "features/more.feature"} <= set(sealed.used)
    assert [machine.folder for machine in sealed.machines] == [str(part / "local" / "dev") for part in parts]
    assert {f"sealed-journal-{number}.jsonl" for number in (1, 2, 3)} <= set(sealed.files)
    (parts[1] / "local" / "dev" / SEALED_JOURNAL).unlink()
    junit = parts[2] / "local" / "dev" / "junit.xml"
    junit.write_bytes(junit.read_bytes() + b" ")
    merge_reports(parts, tmp_path / "reports")
    again = read_sealed_run(folder)
    assert again is not None
    assert list(disagreements(again, folder)) == [
        f"{parts[1] / 'local' / 'dev'}: the run left no seal",
        f"{parts[2] / 'local' / 'dev'}: junit.xml: changed since the run",
    ]


def test_results_of_an_earlier_run_that_are_held_are_told(
    machines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Allure would show them as retries; the runs are merged all the same."""
    old = tmp_path / "local/dev/allure-results/old-result.json"
    old.parent.mkdir(parents=True)
    old.touch()
    monkeypatch.setattr(held_files, "PATIENCE", 0.1)
    said: list[str] = []
    with holding(monkeypatch, ("unlink", old.name, FOR_EVER)):
        merge_reports([machines / "machine-1"], tmp_path, said.append)
    (sentence,) = said
    assert sentence.startswith(
        "allure-results keeps 1 of the files of an earlier run: another program holds it"
    )


def test_what_an_earlier_run_left_is_replaced_but_its_history(machines: Path, tmp_path: Path) -> None:
    """Old results would show as retries; a JUnit report that is missing on one machine is none at all."""
    folder = tmp_path / "reports/local/dev"
    (folder / "allure-results").mkdir(parents=True)
    for name in ("allure-results/old-result.json", "junit.xml", "history.jsonl"):
        (folder / name).write_text("{}", encoding="utf-8")
    part = tmp_path / "part"
    part.mkdir()
    text = (machines / "machine-1/local/dev/summary.json").read_text(encoding="utf-8")
    (part / "summary.json").write_text(text, encoding="utf-8")
    merge_reports([part, machines / "machine-2"], tmp_path / "reports")
    assert not (folder / "allure-results/old-result.json").exists()
    assert not (folder / "junit.xml").exists()
    assert (folder / "history.jsonl").is_file()


def test_environments_are_merged_each_by_itself(machines: Path, tmp_path: Path) -> None:
    """The folders of one machine may tell of several."""
    for number in (1, 2):
        text = (machines / f"machine-{number}/local/dev/summary.json").read_text(encoding="utf-8")
        for environment in ("dev", "qa"):
            folder = tmp_path / f"machine-{number}" / "local" / environment
            folder.mkdir(parents=True)
            changed = text.replace('"environment":"dev"', f'"environment":"{environment}"')
            (folder / "summary.json").write_text(changed, encoding="utf-8")
    runs = merge_reports([tmp_path / "machine-1", tmp_path / "machine-2"], tmp_path / "reports")
    assert [run.environment for run, _ in runs] == ["dev", "qa"]
    assert (tmp_path / "reports/local/qa/summary.html").is_file()


def test_a_report_is_never_merged_into_itself(machines: Path) -> None:
    """It would be lost."""
    with pytest.raises(ConfigurationError, match="would replace one of those"):
        merge_reports([machines / "machine-1"], machines / "machine-1")
