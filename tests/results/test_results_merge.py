"""The reports of several machines as those of one run, and nothing that acts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.results.merge import latest_of_each_shard, merged_run, shard_reports
from pytest_iflow.results.plan import planned_by_id
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, ScenarioStatus

MORNING = datetime(2026, 11, 3, 4, 42, tzinfo=UTC)


def scenario(number: int, status: ScenarioStatus = "passed") -> ScenarioResult:
    """Return the scenario that stands in a line of a feature file."""
    return ScenarioResult(
        f"a.feature::s{number}", "A", None, f"s{number}", {}, "a.feature", number, (), status, 1.0, "", "", ()
    )


def run(selection: str, *numbers: int, minutes: int = 0, seconds: float = 60.0) -> RunResult:
    """Return the run of one machine that began so many minutes after the first."""
    return RunResult(
        "trial",
        "dev",
        MORNING + timedelta(minutes=minutes),
        seconds,
        tuple(map(scenario, numbers)),
        hosts={},
        versions={"pytest": "9.2.0"},
        interrupted=False,
        collection_errors=(),
        selection=selection,
    )


def folders(root: Path, *runs: RunResult) -> list[Path]:
    """Write each run into a folder reports of its own and return these."""
    made = []
    for number, each in enumerate(runs):
        made.append(root / f"machine-{number}")
        inner = made[-1] / each.tenant / each.environment
        inner.mkdir(parents=True)
        each.write(inner / "summary.json")
    return made


def merge_runs(folders: Sequence[Path]) -> RunResult:
    """Return the one run of all machines."""
    return merged_run(latest_of_each_shard(shard_reports(folders)))


def test_shards_become_one_run_of_the_whole_suite(tmp_path: Path) -> None:
    """In the order of the feature file, from the earliest start to the latest end."""
    merged = merge_runs(
        folders(
            tmp_path,
            run("--shard=2/2", 2, 4, minutes=3, seconds=120),
            run("--shard=1/2", 1, 3, minutes=0, seconds=60),
        )
    )
    assert [each.line for each in merged.scenarios] == [1, 2, 3, 4]
    assert (merged.started, merged.seconds, merged.selection) == (MORNING, 300.0, "")
    assert merged.counts["passed"] == 4


def test_the_folder_of_an_environment_will_do(tmp_path: Path) -> None:
    """As will the folder over all tenants; one of each may be named."""
    first, second = folders(tmp_path, run("shard 1/2", 1), run("shard 2/2", 2))
    assert len(merge_runs([first / "trial" / "dev", second]).scenarios) == 2


@pytest.mark.parametrize(
    ("selections", "left_out"),
    [
        (("shard 1/4", "shard 2/4", "shard 4/4"), "without shard 3/4"),
        (("shard 2/4", "shard 4/4"), "without shards 1/4, 3/4"),
        (("-m smoke, shard 1/2", "-m smoke, shard 2/2"), "-m smoke"),
        (("--shard=1/3 -k tea", "--shard 3/3 -k tea"), "-k tea, without shard 2/3"),
        (("-m tea", "-m coffee"), "-m tea, -m coffee"),
        (("", ""), ""),
    ],
)
def test_a_partial_run_says_what_it_lacks(tmp_path: Path, selections: tuple[str, ...], left_out: str) -> None:
    """A shard that is missing, and what every machine left out."""
    runs = (run(selection, number) for number, selection in enumerate(selections))
    assert merge_runs(folders(tmp_path, *runs)).selection == left_out


def test_the_shard_of_a_run_is_a_field_of_it(tmp_path: Path) -> None:
    """Whatever words the selection has; a title may look like a shard."""
    title = "--scenario 'the shard 1/9'"
    runs = [
        replace(run(f"{title} --shard {part}", number), shard=part)
        for number, part in enumerate(("1/3", "3/3"))
    ]
    assert merge_runs(folders(tmp_path, *runs)).selection == f"{title}, without shard 2/3"


def test_a_shard_that_ran_again_counts_once(tmp_path: Path) -> None:
    """The later run stands, whatever the order of the folders."""
    again = replace(run("shard 2/2", 2, minutes=9), scenarios=(scenario(2, "failed"),))
    merged = merge_runs(folders(tmp_path, again, run("shard 1/2", 1), run("shard 2/2", 2)))
    assert merged.counts["failed"] == merged.counts["passed"] == 1


def test_what_differs_stands_side_by_side_and_what_is_the_same_once(tmp_path: Path) -> None:
    """Versions, hosts and artifacts; problems of collection are met by every machine."""
    first = replace(
        run("shard 1/2", 1),
        versions={"pytest": "9.2.0", "Python": "3.11.9"},
        artifacts={"Orders": "1.0.4"},
        runtime_version="6.54",
        collection_errors=("bad.feature",),
        leaks=("junit.xml: a token",),
    )
    whole = planned_by_id("test_whole.py")  # a module in Python that was skipped, as each machine tells
    first = replace(first, scenarios=(*first.scenarios, replace(whole, status="skipped")))
    second = replace(
        first,
        selection="shard 2/2",
        scenarios=(scenario(2), first.scenarios[-1]),
        versions={"pytest": "9.2.0", "Python": "3.12.4"},
        artifacts={"Orders": "1.0.5", "Products": "2.0.0"},
        interrupted=True,
        environment_problems=("no token",),
    )
    merged = merge_runs(folders(tmp_path, first, second))
    assert merged.versions == {"pytest": "9.2.0", "Python": "3.11.9, 3.12.4"}
    assert merged.artifacts == {"Orders": "1.0.4, 1.0.5", "Products": "2.0.0"}
    assert (merged.runtime_version, merged.interrupted) == ("6.54", True)
    assert merged.collection_errors == ("bad.feature",)
    assert merged.environment_problems == ("no token",)
    assert merged.leaks == ("junit.xml: a token",)
    assert (len(merged.scenarios), merged.counts["skipped"]) == (3, 1)


@pytest.mark.parametrize(
    ("runs", "problem"),
    [
        ((run("shard 1/2", 1), run("shard 2/2", 1, 2)), "same scenario: a.feature::s1."),
        ((run("", *range(9)), run("", *range(9))), r"s4 and 4 more\."),
        ((run("shard 1/2", 1), run("shard 2/3", 2)), "not of one suite"),
        ((run("shard 1/2", 1), run("", 2)), "not of one suite"),
        (
            (run("shard 1/2", 1), replace(run("shard 1/2", 2), environment="qa")),
            "different tenants or environments: trial/dev, trial/qa",
        ),
    ],
)
def test_what_is_not_of_one_run_is_refused(tmp_path: Path, runs: tuple[RunResult, ...], problem: str) -> None:
    """With what is wrong and what to do."""
    with pytest.raises(ConfigurationError, match=problem) as caught:
        merge_runs(folders(tmp_path, *runs))
    assert caught.value.remedy


def test_a_machine_that_left_no_run_is_a_missing_shard(tmp_path: Path) -> None:
    """Its history was there, the run never began; the other machines' results are not lost over it."""
    reports = folders(tmp_path, run("--shard=1/3", 1), run("--shard=3/3", 3))
    (tmp_path / "machine-without").mkdir()
    merged = merge_runs([*reports, tmp_path / "machine-without"])
    assert (len(merged.scenarios), merged.selection) == (2, "without shard 2/3")
    with pytest.raises(ConfigurationError, match="holds no report") as caught:
        merge_runs([*reports, tmp_path / "misspelt"])
    assert caught.value.where == str(tmp_path / "misspelt")


def test_a_folder_without_a_report_is_named(tmp_path: Path) -> None:
    """As is one with a summary that nobody can read."""
    with pytest.raises(ConfigurationError, match="holds no report") as caught:
        merge_runs([tmp_path])
    assert caught.value.where == str(tmp_path)
    (tmp_path / "summary.json").write_text("{", encoding="utf-8")
    with pytest.raises(IflowError, match="cannot be read"):
        merge_runs([tmp_path])


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>[a](javascript:alert(1))"
SCENARIO: dict[str, Any] = {
    "node_id": "a.feature::a",
    "feature": "a",
    "rule": None,
    "scenario": "a",
    "example": {},
    "file": "a.feature",
    "line": 1,
    "tags": [],
    "status": "failed",
    "seconds": 1,
    "message": "",
    "exchange": "",
    "steps": [],
}
SUMMARY: dict[str, Any] = {
    "schema": 1,
    "tenant": "load",
    "environment": "t",
    "started": "2026-01-01T00:00:00+00:00",
    "seconds": 1,
    "scenarios": [SCENARIO],
    "hosts": {},
    "versions": {},
    "interrupted": False,
    "collection_errors": [],
}
JUNIT = """<testsuites><testsuite name="pytest" tests="1"><testcase classname="a" name="a" line="{line}">
<failure message="m">text</failure>{more}</testcase></testsuite></testsuites>"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to work in, and no page of a job."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def machine(root: Path, name: str = "m1", **changes: Any) -> Path:
    """Write the reports of a machine and return the folder of its run."""
    folder = root / name / "load" / "t"
    (folder / "allure-results").mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps({**SUMMARY, **changes}), encoding="utf-8")
    return folder


def merge(*folders: Path) -> Result:
    """Return what the command says; nothing of ours may be raised."""
    said = CliRunner().invoke(app, ["report", "--merge", *(str(folder) for folder in folders)])
    assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    return said


@pytest.mark.parametrize("key", ["tenant", "environment"])
@pytest.mark.parametrize(
    "name",
    [
        *("..", ".", "", " ", "../..", "a/b", "a\\b", "/etc", "C:", "C:\\x", "\\\\server\\share", "~", "-"),
        *(
            "CON",
            "nul",
            "COM1.txt",
            "a.",
            "a\0b",
            "a\nb",
            "é",
            "\u202eabc",
            ".hidden",
            "a:b",
            "x" * 100 + "/",
        ),
    ],
)
def test_a_name_is_that_of_a_folder_below_reports(tmp_path: Path, key: str, name: str) -> None:
    """Or it is refused before anything is written."""
    machine(tmp_path, **{key: name})
    said = merge(tmp_path / "m1")
    assert (said.exit_code, "cannot be the name of" in said.stderr) == (2, True)
    assert list((tmp_path / "work").iterdir()) == []


def test_a_name_that_no_file_system_takes_is_told(tmp_path: Path) -> None:
    """In one sentence; two that some file systems take for one are refused."""
    machine(tmp_path, tenant="x" * 5_000)
    said = merge(tmp_path / "m1")
    assert (said.exit_code, "The merged reports cannot be written" in said.stderr) == (1, True)
    machine(tmp_path, "m2", tenant="Load")
    machine(tmp_path, "m3", tenant="load")
    said = merge(tmp_path / "m2", tmp_path / "m3")
    assert (said.exit_code, "upper and lower case only" in said.stderr) == (2, True)


@pytest.mark.skipif(os.name != "posix", reason="links need rights, and there are no pipes")
@pytest.mark.parametrize(
    "name",
    ["summary.json", "junit.xml", "journal.jsonl", "plan.jsonl", "sealed-journal.jsonl", "allure-results"],
)
@pytest.mark.parametrize("make", [lambda path, to: path.symlink_to(to), lambda path, _: os.mkfifo(path)])
def test_links_and_pipes_are_refused_and_nobody_waits(
    tmp_path: Path, name: str, make: Callable[[Path, Path], None]
) -> None:
    """In the place of any file that is read, and among the results."""
    folder = machine(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("precious", encoding="utf-8")
    path = folder / name
    if path.is_dir():
        make(path / "x-attachment.txt", secret)
    else:
        path.unlink(missing_ok=True)
        make(path, secret)
    said = merge(tmp_path / "m1")
    assert said.exit_code == 2, said.output
    assert not [each for each in (tmp_path / "work").rglob("*") if each.is_file()]


@pytest.mark.skipif(os.name != "posix", reason="links need rights")
@pytest.mark.parametrize(
    "inside", ["load", "load/t", "load/t/allure-results", "load/t/journal.jsonl", "load/t/history.jsonl"]
)
def test_no_link_is_followed_where_the_merged_run_is_written(tmp_path: Path, inside: str) -> None:
    """A folder or a file of somebody else keeps what it holds."""
    machine(tmp_path)
    target = tmp_path / "target"
    target.mkdir()
    (target / "keep.txt").write_text("precious", encoding="utf-8")
    link = tmp_path / "work" / "reports" / inside
    link.parent.mkdir(parents=True)
    link.symlink_to(target / "keep.txt" if inside.endswith("jsonl") else target)
    said = merge(tmp_path / "m1")
    assert (said.exit_code, "A link stands where" in said.stderr) == (2, True)
    assert [path.name for path in target.iterdir()] == ["keep.txt"]
    assert (target / "keep.txt").read_text(encoding="utf-8") == "precious"


@pytest.mark.skipif(os.name != "posix", reason="links need rights")
def test_a_folder_of_reports_that_is_a_link_is_left_out(tmp_path: Path) -> None:
    """Within the folder that was named; that itself may be one."""
    folder = machine(tmp_path)
    (tmp_path / "m2").mkdir()
    (tmp_path / "m2" / "load").symlink_to(folder.parent)
    assert "holds no report" in merge(tmp_path / "m2").stderr
    (tmp_path / "m3").symlink_to(tmp_path / "m1")
    assert merge(tmp_path / "m3").exit_code == 0


def test_results_are_taken_over_without_what_a_browser_would_act_on(tmp_path: Path) -> None:
    """HTML, scripts as addresses, attachments by a path; what is no result stays behind."""
    results = machine(tmp_path) / "allure-results"
    result = {
        "name": HOSTILE,
        "descriptionHtml": HOSTILE,
        "links": [
            {"url": "javascript:alert(1)"},
            {"url": " java\tscript:alert(1)"},
            {"url": "data:text/html,x"},
            {"url": "file:///etc/passwd"},
            {"url": "https://tenant.example/a"},
            {"url": "ABC-12"},
            "no link",
        ],
        "attachments": [
            {"name": "a", "source": "../../../../etc/passwd", "type": "text/plain"},
            {"name": "b", "source": "/etc/passwd", "type": "text/plain"},
            {"name": "c", "source": "1-attachment.html", "type": "text/html"},
            {"name": "d", "source": "2-attachment.svg", "type": "image/svg+xml"},
            {"name": "e", "source": "3-attachment.json", "type": "application/json"},
            {"name": "f"},
        ],
        "steps": [{"name": "s", "attachments": [{"source": "..\\x", "type": "a"}]}],
    }
    (results / "1-result.json").write_text(json.dumps(result), encoding="utf-8")
    (results / "2-result.json").write_text("[" * 100_000, encoding="utf-8")
    (results / "3-result.json").write_text("{torn", encoding="utf-8")
    (results / "executor.json").write_text(
        json.dumps({"buildUrl": "javascript:alert(1)", "name": "x"}), encoding="utf-8"
    )
    for name in ("1-attachment.html", "note.html", "index.html", ".hidden"):
        (results / name).write_text(HOSTILE, encoding="utf-8")
    assert merge(tmp_path / "m1").exit_code == 0
    merged = tmp_path / "work" / "reports" / "load" / "t" / "allure-results"
    assert {path.name for path in merged.iterdir()} == {
        *("1-result.json", "executor.json", "1-attachment.html"),
        "environment.properties",  # of the merged run
    }
    taken = json.loads((merged / "1-result.json").read_text(encoding="utf-8"))
    assert "descriptionHtml" not in taken
    assert [link["url"] for link in taken["links"]] == ["https://tenant.example/a", "ABC-12"]
    assert [(each["source"], each["type"]) for each in taken["attachments"]] == [
        ("1-attachment.html", "text/plain"),
        ("2-attachment.svg", "text/plain"),
        ("3-attachment.json", "application/json"),
    ]
    assert taken["steps"][0]["attachments"] == []
    assert json.loads((merged / "executor.json").read_text(encoding="utf-8")) == {"name": "x"}


def test_a_junit_document_is_one_of_tests_and_nothing_else(tmp_path: Path) -> None:
    """Elements that a browser acts on are gone, and a line that is no number is none."""
    more = '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script><?x y?><!-- c --><unknown/>'
    for number, line in enumerate(("x", "9" * 6_000, "-1", "²", ""), start=1):
        scenarios = [{**SCENARIO, "node_id": f"a.feature::{number}"}]
        folder = machine(tmp_path, f"m{number}", scenarios=scenarios)
        text = JUNIT.format(line=line, more=more)
        (folder / "junit.xml").write_text(text, encoding="utf-8")
    assert merge(*(tmp_path / f"m{number}" for number in range(1, 6))).exit_code == 0
    merged = tmp_path / "work" / "reports" / "load" / "t" / "junit.xml"
    assert {each.tag for each in etree.parse(merged).iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
    }
    for nothing in ("<html/>", "<testsuites/>"):
        (tmp_path / "m1" / "load" / "t" / "junit.xml").write_text(nothing, encoding="utf-8")
        assert merge(tmp_path / "m1").exit_code == 0
        assert not merged.exists()


def test_what_a_summary_says_is_shown_and_never_acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On pages, in the terminal, and on the page of a job."""
    job = tmp_path / "job.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(job))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    texts = ("feature", "scenario", "message", "exchange", "message_log", "rule", "file", "cause")
    step = {"keyword": HOSTILE, "text": HOSTILE, "line": 1, "status": "failed", "seconds": 1}
    hostile = {
        **SCENARIO,
        **dict.fromkeys(texts, HOSTILE),
        "node_id": f"a.feature::{HOSTILE}",
        "example": {HOSTILE: HOSTILE},
        "tags": [HOSTILE],
        "iflows": [HOSTILE],
        "calls": [{"call": HOSTILE, "status": 1, "seconds": 1}],
        "steps": [step],
    }
    machine(
        tmp_path,
        scenarios=[hostile],
        hosts={HOSTILE: HOSTILE},
        versions={HOSTILE: HOSTILE},
        artifacts={HOSTILE: HOSTILE},
        runtime_version=HOSTILE,
        selection=HOSTILE,
        leaks=[HOSTILE + "\x1b]0;x\x07"],
        collection_errors=[HOSTILE],
        environment_problems=[HOSTILE],
    )
    said = merge(tmp_path / "m1")
    assert (said.exit_code, "\x1b" in said.output) == (0, False)
    reports = tmp_path / "work" / "reports"
    for page in (reports / "index.html", reports / "load" / "t" / "summary.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<img" not in text
        assert 'href="javascript' not in text
    told = job.read_text(encoding="utf-8")
    assert "<script" not in told
    assert not re.search(r"(?<!\\)\]\(", told)
    assert "\x1b" not in told


ODD_VALUES: dict[str, tuple[Any, ...]] = {
    "seconds": (1e308, -1e308, "x", None, True, 10**400),
    "started": ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "x", 1),
    "selection": ("--shard=0/0", "--shard=9/2", "--shard=1/999999", None),
    "scenarios": ([1], {}, None, [{}], [{**SCENARIO, "line": 10**30}]),
    "hosts": ({"a": 1}, [], {"": ""}),
    "changes": ({}, {"since": "x"}, 1),
    "schema": (2,),
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in ODD_VALUES.items() for value in values]
)
def test_a_summary_that_no_run_wrote_is_refused_or_shown(tmp_path: Path, key: str, value: object) -> None:
    """With two machines, of which one is hostile; what is written can be read again."""
    machine(tmp_path, "m1", scenarios=[{**SCENARIO, "node_id": "b"}])
    folder = machine(tmp_path, "m2")
    (folder / "summary.json").write_text(json.dumps({**SUMMARY, key: value}), encoding="utf-8")
    said = merge(tmp_path / "m1", tmp_path / "m2")
    assert said.exit_code in {0, 1, 2}
    if said.exit_code == 0:
        assert merge(tmp_path / "work" / "reports").exit_code == 2, "it is a run, merged into itself"
