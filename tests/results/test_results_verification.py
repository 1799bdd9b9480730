"""Whether an acceptance record is as it was signed."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_iflow.acceptance.making import MadeRecord, make_record
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.signing import SigningKey, create_key, read_public_keys
from pytest_iflow.results.verification import verify_record
from tests.acceptance.recorded_run import FEATURE, NOW, RecordedRun

pytest_plugins = ["tests.acceptance.recorded_run"]

EVIDENCE = (
    "evidence/run/junit.xml",
    "evidence/run/summary.json",
    "evidence/run/allure-results/über uns-result.json",
    f"evidence/suite/{FEATURE}",
)


def flip(path: Path, at: int = -3) -> None:
    """Change one byte of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def findings(folder: Path, key: SigningKey) -> list[tuple[str, str]]:
    """Return kind and path of what is found; the key is known."""
    return [(finding.kind, finding.path) for finding in verify_record(folder, [key.public]).findings]


def test_a_record_may_be_moved_and_named_by_its_file(
    made: MadeRecord, key: SigningKey, tmp_path: Path
) -> None:
    """It is as good elsewhere."""
    moved = tmp_path / "archive of 2026"
    shutil.copytree(made.folder, moved)
    found = verify_record(moved / "acceptance.json", [])
    assert (found.findings, found.signer_known, found.signed_by) == ((), False, key.public)
    assert found.files == 12
    assert found.record["decision"] == "accepted"
    assert (found.record["by"], found.record["tenant"]) == ("Jürgen Groß", "trial")
    assert found.document["good"] is True


@pytest.mark.parametrize("name", [*EVIDENCE, "acceptance.json", "acceptance.html", "acceptance.pdf"])
def test_one_byte_of_a_file_is_noticed(made: MadeRecord, key: SigningKey, name: str) -> None:
    """Of evidence, record and papers alike, and only that file is named."""
    flip(made.folder / name)
    assert findings(made.folder, key) == [("changed", name)]


def test_one_byte_of_the_key_in_the_record_is_noticed(made: MadeRecord, key: SigningKey) -> None:
    """The signature is then checked with the key that acceptance.json names."""
    flip(made.folder / "signer.pem", 60)
    assert findings(made.folder, key) == [("changed", "signer.pem")]
    assert [each.path for each in verify_record(made.folder, []).findings] == ["signer.pem"]


@pytest.mark.parametrize("at", range(0, 64, 21))
def test_one_byte_of_the_signature_is_noticed(made: MadeRecord, key: SigningKey, at: int) -> None:
    """It is named alone, because all else fits."""
    flip(made.folder / "SHA256SUMS.sig", at)
    found = verify_record(made.folder, [key.public])
    assert [(each.kind, each.path) for each in found.findings] == [("signature", "SHA256SUMS.sig")]
    assert (found.signed_by, found.signer_known) == (None, False)


@pytest.mark.parametrize("at", [0, 64, 66, -1])
def test_one_byte_of_the_list_is_noticed(made: MadeRecord, key: SigningKey, at: int) -> None:
    """A hash, a name, or what stands between: the list is named alone, for the signature fits all files."""
    flip(made.folder / "SHA256SUMS", at)
    assert findings(made.folder, key) == [("changed", "SHA256SUMS")]
    assert verify_record(made.folder, []).signed_by == key.public


def test_an_altered_list_hides_no_altered_file(made: MadeRecord, key: SigningKey) -> None:
    """Then nobody can tell which of the two is as it was signed, and all of it is named."""
    flip(made.folder / "evidence" / "run" / "junit.xml")
    flip(made.folder / "SHA256SUMS", 66)
    found = findings(made.folder, key)
    assert ("changed", "evidence/run/junit.xml") in found
    assert ("signature", "SHA256SUMS.sig") in found
    (made.folder / "SHA256SUMS").unlink()
    assert findings(made.folder, key) == [("missing", "SHA256SUMS")]


def test_files_that_come_go_or_change_their_names_are_noticed(made: MadeRecord, key: SigningKey) -> None:
    """Each is named."""
    junit = made.folder / "evidence" / "run" / "junit.xml"
    junit.rename(junit.with_name("junit2.xml"))
    (made.folder / "note.txt").touch()
    (made.folder / "acceptance.html").unlink()
    assert sorted(findings(made.folder, key)) == [
        ("added", "evidence/run/junit2.xml"),
        ("added", "note.txt"),
        ("missing", "acceptance.html"),
        ("missing", "evidence/run/junit.xml"),
    ]


@pytest.mark.parametrize("name", ["SHA256SUMS", "SHA256SUMS.sig", "signer.pem", "acceptance.json"])
def test_a_record_without_one_of_its_own_files_is_noticed(
    made: MadeRecord, key: SigningKey, name: str
) -> None:
    """Whichever it is."""
    (made.folder / name).unlink()
    assert findings(made.folder, key) == [("missing", name)]


def test_a_link_instead_of_a_file_is_noticed(made: MadeRecord, key: SigningKey, tmp_path: Path) -> None:
    """It would say tomorrow what another file says then."""
    junit = made.folder / "evidence" / "run" / "junit.xml"
    outside = shutil.copy(junit, tmp_path / "outside.xml")
    junit.unlink()
    try:
        junit.symlink_to(outside)
    except OSError:
        pytest.skip("this account may not make links")
    assert findings(made.folder, key) == [("changed", "evidence/run/junit.xml")]


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes")
@pytest.mark.parametrize("name", [*EVIDENCE, "acceptance.json", "acceptance.html", "signer.pem"])
def test_a_pipe_instead_of_a_file_is_noticed_and_nobody_waits(
    made: MadeRecord, key: SigningKey, name: str
) -> None:
    """Nor does a device or a pipe more stop anybody."""
    (made.folder / name).unlink()
    os.mkfifo(made.folder / name)
    os.mkfifo(made.folder / "more")
    (made.folder / "zero").symlink_to("/dev/zero")
    assert sorted(findings(made.folder, key)) == sorted(
        [("added", "more"), ("added", "zero"), ("changed", name)]
    )


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes")
@pytest.mark.parametrize("name", ["SHA256SUMS", "SHA256SUMS.sig"])
def test_a_pipe_instead_of_list_or_signature_is_noticed(made: MadeRecord, key: SigningKey, name: str) -> None:
    """The same as if it were gone."""
    (made.folder / name).unlink()
    os.mkfifo(made.folder / name)
    assert [path for _, path in findings(made.folder, key)] == [name]


def test_names_that_look_alike_are_noticed(made: MadeRecord, key: SigningKey) -> None:
    """The same letters in another form of Unicode, or in other case, and an empty folder."""
    results = made.folder / "evidence" / "run" / "allure-results"
    (genuine,) = results.iterdir()
    for form in ("NFD", "NFC"):
        twin = genuine.with_name(unicodedata.normalize(form, genuine.name))
        if not twin.exists():
            twin.write_bytes(genuine.read_bytes())
    (made.folder / "Acceptance.json").write_bytes(b"{}")
    (made.folder / "evidence" / "empty").mkdir()
    found = findings(made.folder, key)
    names = {path.name for path in results.iterdir()}
    assert ("added", "evidence/empty") in found
    if len(names) > 1:
        assert [path for kind, path in found if (kind == "added" and "\\u0308" in path) or "\\xfc" in path]
    if len({path.name for path in made.folder.glob("[Aa]cceptance.json")}) > 1:
        assert ("added", "Acceptance.json") in found


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_noticed(made: MadeRecord, key: SigningKey) -> None:
    """Anything may be in it."""
    closed = made.folder / "closed"
    closed.mkdir()
    closed.chmod(0)
    try:
        assert findings(made.folder, key) == [("unreadable", "closed")]
    finally:
        closed.chmod(0o700)


def test_a_twin_beside_an_altered_list_is_not_overlooked(made: MadeRecord, key: SigningKey) -> None:
    """Nobody may say then that all other files are as they were signed."""
    (genuine,) = (made.folder / "evidence" / "run" / "allure-results").iterdir()
    twin = genuine.with_name(unicodedata.normalize("NFD", genuine.name))
    if twin.exists():
        pytest.skip("this file system takes both for one")
    twin.write_bytes(genuine.read_bytes())
    flip(made.folder / "SHA256SUMS", 66)
    assert len(findings(made.folder, key)) > 1


def test_a_folder_in_the_place_of_a_file_is_noticed(made: MadeRecord, key: SigningKey) -> None:
    """There is no file then."""
    junit = made.folder / "evidence" / "run" / "junit.xml"
    junit.unlink()
    junit.mkdir()
    assert findings(made.folder, key) == [("missing", "evidence/run/junit.xml")]


def test_a_record_signed_anew_by_another_is_noticed(
    recorded: RecordedRun, made: MadeRecord, key: SigningKey, tmp_path: Path
) -> None:
    """Only a known key shows it: in itself it is whole."""
    forger = create_key(tmp_path / "forger.pem", None)
    forged = make_record(recorded.order(), forger, NOW + timedelta(hours=1)).folder
    assert verify_record(forged, []).findings == ()
    assert findings(forged, key) == [("signer", "signer.pem")]
    sums = (made.folder / "SHA256SUMS").read_bytes()
    (made.folder / "SHA256SUMS.sig").write_bytes(forger.sign(sums))
    assert findings(made.folder, forger) == [("signer", "acceptance.json")]


def test_one_byte_of_the_key_that_was_kept_is_noticed(made: MadeRecord, tmp_path: Path) -> None:
    """It is another key then, or none; the file is named."""
    kept = tmp_path / "lead.pub.pem"
    pem = (made.folder / "signer.pem").read_bytes()
    for at in range(50, 84):
        kept.write_bytes(pem)
        flip(kept, at)
        try:
            (found,) = verify_record(made.folder, read_public_keys(kept)).findings
            said = found.said
        except ConfigurationError as error:
            said = str(error)
        assert str(kept) in said


def test_a_replaced_predecessor_is_noticed(recorded: RecordedRun, made: MadeRecord, key: SigningKey) -> None:
    """While it stands beside; a record alone is good."""
    second = make_record(recorded.order(), key, NOW + timedelta(minutes=1)).folder
    assert findings(second, key) == []
    flip(made.folder / "SHA256SUMS")
    assert findings(second, key) == [("predecessor", f"../{made.folder.name}")]
    shutil.rmtree(made.folder)
    assert findings(second, key) == []


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[]",
        '{"signer": {"public_key": 1}, "predecessor": {"folder": 1}}',
        '{"signer": 1, "predecessor": 1, "scope": 1}',
        json.dumps({"signer": {"public_key": "\ud800"}, "predecessor": {"folder": "../x", "sha256": ""}}),
    ],
)
def test_a_record_that_makes_no_sense_is_only_named(made: MadeRecord, key: SigningKey, text: str) -> None:
    """Whatever was put in its place."""
    (made.folder / "acceptance.json").write_text(text, encoding="utf-8")
    assert ("changed", "acceptance.json") in findings(made.folder, key)
    assert verify_record(made.folder, []).record == {}


@pytest.mark.parametrize("place", ["", "acceptance.json", "nowhere"])
def test_what_is_no_record_is_an_error(tmp_path: Path, place: str) -> None:
    """With what to name instead."""
    with pytest.raises(ConfigurationError, match="There is no acceptance record"):
        verify_record(tmp_path / place, [])
