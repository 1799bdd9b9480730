"""Files of a run: whether they are those that it left, and copies of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_iflow.acceptance.evidence import (
    copy_hashed,
    evidence_sources,
    hashed,
    require_listable,
    require_unchanged,
)
from pytest_iflow.acceptance.making import make_record
from pytest_iflow.acceptance.objection import AcceptanceRefusedError
from pytest_iflow.errors import IflowError
from pytest_iflow.results.chain import Chain, SealedRun, read_sealed_run
from pytest_iflow.results.run_folder import SEALED_JOURNAL
from pytest_iflow.results.signing import SigningKey
from pytest_iflow.tenants.suite_files import SuiteFiles
from tests.acceptance.recorded_run import BEGAN, FEATURE, NOW, RecordedRun, scenario

pytest_plugins = ["tests.acceptance.recorded_run"]

RUN_FILES = (
    *("summary.json", "junit.xml", "history.jsonl", "allure-results/über uns-result.json"),
    SEALED_JOURNAL,
)
SUITE_FILES = (FEATURE, "features/größe/a b.json")


def refusal(recorded: RecordedRun, key: SigningKey) -> str:
    """Return why the run is not accepted; empty where it is."""
    try:
        make_record(recorded.order(), key, NOW)
    except AcceptanceRefusedError as error:
        return "\n".join(map(str, error.objections))
    except IflowError as error:
        return str(error)
    return ""


def lines(recorded: RecordedRun) -> list[bytes]:
    """Return the lines of the sealed journal, with their ends."""
    return (recorded.folder / SEALED_JOURNAL).read_bytes().splitlines(keepends=True)


def write(recorded: RecordedRun, changed: list[bytes]) -> None:
    """Write other lines in place of the sealed journal."""
    (recorded.folder / SEALED_JOURNAL).write_bytes(b"".join(changed))


def test_every_byte_of_every_file_is_under_the_seal(recorded: RecordedRun, key: SigningKey) -> None:
    """What the run wrote, what it used, and the journal itself; the file is named."""
    recorded.leave()
    paths = [recorded.folder / name for name in RUN_FILES] + [recorded.root / name for name in SUITE_FILES]
    tried = 0
    for path in paths:
        data = path.read_bytes()
        for at in sorted({*range(0, len(data), max(1, len(data) // 12)), len(data) - 1}):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            said = refusal(recorded, key)
            assert path.name in said or "summary of a run" in said, (path.name, at, said)
            tried += 1
        for changed in (data + b"\n", data[:-1], data[: len(data) // 2], b""):
            path.write_bytes(changed)
            assert refusal(recorded, key), (path.name, changed)
        path.write_bytes(data)
    assert tried > 50
    assert refusal(recorded, key) == ""


def test_files_that_come_go_or_stop_being_files_are_named(recorded: RecordedRun, key: SigningKey) -> None:
    """A result more, one less, a link to a copy, a pipe: nothing waits."""
    recorded.leave()
    results = recorded.folder / "allure-results"
    (results / "new-result.json").write_text("{}", encoding="utf-8")
    assert "allure-results/new-result.json: not written by the run" in refusal(recorded, key)
    (results / "new-result.json").unlink()
    for name in RUN_FILES[1:4]:
        path = recorded.folder / name
        aside = shutil.move(path, recorded.root / "aside")
        assert f"{name}: gone" in refusal(recorded, key)
        if os.name == "posix":
            path.symlink_to(aside)
            assert f"{name}: gone, or no file any more" in refusal(recorded, key)
            path.unlink()
            os.mkfifo(path)
            assert f"{name}: gone, or no file any more" in refusal(recorded, key)
            path.unlink()
        shutil.move(aside, path)
    for name in SUITE_FILES:
        path = recorded.root / name
        aside = shutil.move(path, recorded.root / "aside")
        assert f"{name}: gone" in refusal(recorded, key)
        if os.name == "posix":
            os.mkfifo(path)
            assert f"{name}: cannot be read" in refusal(recorded, key)
            path.unlink()
        shutil.move(aside, path)
    assert refusal(recorded, key) == ""


@pytest.mark.parametrize(
    "edit",
    [
        lambda found: found[:-1],
        lambda found: found[:-2],
        lambda found: found[1:],
        lambda found: [found[0], *found[2:]],
        lambda found: [*found[:1], *found[2:3], *found[1:2], *found[3:]],
        lambda found: [*found, found[-1]],
        lambda found: [*found, b"{}\n"],
        lambda found: [*found, b"\n"],
        lambda found: [*found, b"x"],
        lambda found: [*found[:-1], b"\n", found[-1]],
        lambda found: [*found[:-1], b"not JSON\n", found[-1]],
        lambda found: [*found[:-1], b"[" * 100_000 + b"\n", found[-1]],
        lambda found: [*found[:-1], b'{"files": 1, "before": ""}\n', found[-1]],
        lambda found: [*found[:-1], b'{"finished": {}, "before": ""}\n', found[-1]],
        lambda found: [*found[:-1], found[-1].replace(b"}\n", b" }\n")],
        lambda found: [line.replace(b'"passed"', b'"failed"') for line in found],
        lambda found: [line.replace(b"trial", b"other") for line in found],
        lambda _: [],
    ],
)
def test_a_journal_that_was_edited_is_named(
    recorded: RecordedRun, key: SigningKey, edit: Callable[[list[bytes]], list[bytes]]
) -> None:
    """Lines cut off, left out, in another order, added, altered, or none at all."""
    recorded.leave(scenario("a"), scenario("b"))
    write(recorded, edit(lines(recorded)))
    assert SEALED_JOURNAL in refusal(recorded, key)


def test_a_summary_that_says_another_thing_than_the_journal_is_refused(
    recorded: RecordedRun, key: SigningKey
) -> None:
    """Also where somebody has sealed it with the hash of his own summary, and forgot the results in it."""
    recorded.leave(scenario("good"), scenario("bad", "failed"))
    summary = recorded.folder / "summary.json"
    summary.write_bytes(summary.read_bytes().replace(b'"status":"failed"', b'"status":"passed"'))
    assert "summary.json: changed since the run" in refusal(recorded, key)
    chain, forged = Chain(), []
    for line in lines(recorded):
        entry = json.loads(line)
        own = {key: entry[key] for key in entry if key not in {"before", "seal"}}
        sha256 = hashlib.sha256(summary.read_bytes()).hexdigest()
        if "files" in own:
            own["files"] = [[name, sha256 if name == summary.name else each] for name, each in own["files"]]
        forged.append(chain.seal(own) if "sealed" in own else chain.line(own))
    write(recorded, forged)
    assert f"summary.json: {FEATURE}::bad is passed, the run wrote failed" in refusal(recorded, key)


def test_files_of_two_runs_do_not_go_together(recorded: RecordedRun, key: SigningKey, tmp_path: Path) -> None:
    """An older journal, the results of another run, the run of another tenant."""
    recorded.leave(scenario("bad", "failed"), started=BEGAN - timedelta(hours=1))
    older = shutil.copytree(recorded.folder, tmp_path / "older")
    recorded.leave()
    newer = shutil.copytree(recorded.folder, tmp_path / "newer")
    for name in (SEALED_JOURNAL, "summary.json"):
        shutil.copy(older / name, recorded.folder / name)
        assert "summary.json" in refusal(recorded, key)
        shutil.copy(newer / name, recorded.folder / name)
    assert refusal(recorded, key) == ""
    shutil.copytree(newer, recorded.root / "reports" / "prod" / "test")
    with pytest.raises(IflowError, match="are those of trial/test"):
        make_record(recorded.order(tenant="prod"), key, NOW)
    summary = recorded.root / "reports" / "prod" / "test" / "summary.json"
    summary.write_bytes(summary.read_bytes().replace(b'"tenant":"trial"', b'"tenant":"prod"'))
    with pytest.raises(AcceptanceRefusedError) as caught:
        make_record(recorded.order(tenant="prod"), key, NOW)
    said = str(caught.value)
    assert "summary.json: changed since the run" in said
    assert "summary.json: tenant is prod, the run wrote trial" in said


def test_a_run_without_a_seal_is_refused_and_may_be_rejected(recorded: RecordedRun, key: SigningKey) -> None:
    """Such as one of an earlier version; a rejection says that it had none."""
    recorded.leave()
    (recorded.folder / SEALED_JOURNAL).unlink()
    assert "The run left no seal" in refusal(recorded, key)
    made = make_record(recorded.order(decision="rejected"), key, NOW)
    document = json.loads((made.folder / "acceptance.json").read_text(encoding="utf-8"))
    assert [each["kind"] for each in document["objections"]] == ["unsealed"]
    assert document["evidence"]["seal"] == ""


def test_a_page_that_was_edited_is_written_anew(recorded: RecordedRun, key: SigningKey) -> None:
    """Of the results that were judged; the page links the record then."""
    recorded.leave()
    page = recorded.folder / "summary.html"
    page.write_text("All 9,999 passed.", encoding="utf-8")
    made = make_record(recorded.order(), key, NOW)
    kept = (made.folder / "evidence" / "run" / "summary.html").read_text(encoding="utf-8")
    assert ("9,999" in kept, "good" in kept) == (False, True)
    assert made.folder.name in page.read_text(encoding="utf-8")


def test_what_vouches_for_the_run_is_taken_along(
    recorded: RecordedRun, key: SigningKey, tmp_path: Path
) -> None:
    """Copied, hashed, named in the record and on its page."""
    recorded.leave()
    attestation = tmp_path / "build.intoto.jsonl"
    attestation.write_bytes(b"{}\n")
    made = make_record(recorded.order(attestations=(attestation,)), key, NOW)
    document = json.loads((made.folder / "acceptance.json").read_text(encoding="utf-8"))
    sha256 = hashlib.sha256(b"{}\n").hexdigest()
    named = {"path": "attestation/build.intoto.jsonl", "size": 3, "sha256": sha256}
    assert document["attestations"] == [named]
    assert (made.folder / "attestation" / "build.intoto.jsonl").read_bytes() == b"{}\n"
    page = (made.folder / "acceptance.html").read_text(encoding="utf-8")
    assert "attestation/build.intoto.jsonl" in page
    later = NOW + timedelta(minutes=1)
    for wrong in (tmp_path / "none", tmp_path):
        with pytest.raises(IflowError, match="An attestation cannot be read"):
            make_record(recorded.order(attestations=(wrong,)), key, later)
    with pytest.raises(IflowError, match="have one name"):
        make_record(recorded.order(attestations=(attestation, attestation)), key, later)


pytest_plugins = ["tests.acceptance.recorded_run"]


def test_evidence_is_what_the_run_left_and_what_it_ran(recorded: RecordedRun) -> None:
    """Without earlier records, hidden files, and files of the suite that were not read."""
    recorded.leave()
    (recorded.folder / "acceptance" / "2026").mkdir(parents=True)
    (recorded.folder / "acceptance" / "2026" / "acceptance.json").touch()
    (recorded.folder / ".summary.json.tmp").touch()
    assert list(evidence_sources(read_sealed_run(recorded.folder), recorded.folder, recorded.root)) == [
        "run/allure-results/über uns-result.json",
        "run/history.jsonl",
        "run/junit.xml",
        "run/sealed-journal.jsonl",
        "run/summary.html",
        "run/summary.json",
        "suite/features/größe/a b.json",
        f"suite/{FEATURE}",
    ]


def test_files_from_outside_of_the_suite_stand_apart(recorded: RecordedRun, tmp_path: Path) -> None:
    """Those that a tenant file allows; what changed since is no evidence of the run."""
    shared, changed = tmp_path / "shared" / "a.json", recorded.root / "payloads" / "b.json"
    for path in (shared, changed):
        path.parent.mkdir(parents=True)
        path.write_text("{}", encoding="utf-8")
    files = SuiteFiles(recorded.root, [shared.parent])
    files.read(shared)
    files.read(changed)
    changed.write_text("[]", encoding="utf-8")
    recorded.folder.mkdir(parents=True)
    sealed = SealedRun(used={name: [sha256] for name, sha256 in files.used})
    assert list(evidence_sources(sealed, recorded.folder, recorded.root)) == ["elsewhere/1/shared/a.json"]


def test_a_copy_has_the_hash_that_is_listed(tmp_path: Path) -> None:
    """Large files go through in pieces."""
    source = tmp_path / "größe.bin"
    source.write_bytes(b"abc" * 1_000_000)
    (kept,) = copy_hashed({"run/größe.bin": source}, tmp_path / "evidence")
    assert (tmp_path / "evidence" / "run" / "größe.bin").read_bytes() == source.read_bytes()
    assert kept.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert kept == hashed("run/größe.bin", source)
    assert kept.size == 3_000_000


def test_files_that_change_meanwhile_are_named() -> None:
    """Changed, come or gone."""
    states = {f"{number}": (1, number) for number in range(7)}
    require_unchanged(states, dict(states))
    for later in (
        {**states, "1": (2, 1)},
        {**states, "new": (1, 1)},
        {k: v for k, v in states.items() if k != "1"},
    ):
        with pytest.raises(IflowError, match="changed while the record was made") as caught:
            require_unchanged(states, later)
        assert caught.value.where in {"1", "new"}
    with pytest.raises(IflowError) as caught:
        require_unchanged(states, {})
    assert caught.value.where == "0, 1, 2, 3, 4 …"


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\\b"])
def test_names_that_no_list_can_hold_are_refused(name: str) -> None:
    """Umlauts and blanks are fine."""
    require_listable(["run/über uns.json"])
    with pytest.raises(IflowError, match="backslash or a line break"):
        require_listable([name])
