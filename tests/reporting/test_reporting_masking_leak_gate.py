"""The gate behind the masking: what it finds, and what becomes of a run with a leak."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import ExitCode
from pytest_iflow.plugin.run_end import exit_code
from pytest_iflow.reporting.allure.results import ResultsFolder
from pytest_iflow.reporting.masking import archives, leak_gate
from pytest_iflow.reporting.masking.leak_gate import (
    CHUNK,
    MOST_PER_FILE,
    MOST_SHOWN,
    LeakGate,
    SearchedFiles,
    leak_lines,
    leaks_below,
)
from pytest_iflow.reporting.scenario_record import Attachment
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.secrets.registry import LONGEST_PLACE, REGISTRY, register_secret

SECRET = "s3cret-behind-the-gate"
RESULT = RunResult("acme", "dev", datetime.now(UTC), 1.0, (), {}, {}, False, ())


def gate(root: Path, **options: object) -> LeakGate:
    """Return the gate of a run of ``acme/dev`` below ``root`` that begins now."""
    register_secret(SECRET)
    (root / "reports" / "acme" / "dev").mkdir(parents=True, exist_ok=True)
    config: Any = SimpleNamespace(
        rootpath=root,
        option=SimpleNamespace(xmlpath="junit.xml", log_file=None, **options),
        invocation_params=SimpleNamespace(dir=root),
    )
    return LeakGate(config, root / "reports" / "acme" / "dev", [root / "allure"])


@pytest.mark.parametrize(
    ("before", "after"), [(0, 1), (1, 1), (5, 1), (ExitCode.BROKEN_ENVIRONMENT, 1), (2, 2), (3, 3), (4, 4)]
)
def test_a_leak_fails_the_run(before: int, after: int) -> None:
    """Unless its exit code says of something worse."""
    leaking = replace(RESULT, leaks=("a.txt:1:1: a registered secret",))
    assert exit_code(before, leaking, only_new=True, lost=True) == after


def test_a_leak_is_found_wherever_the_files_of_the_run_stand(tmp_path: Path) -> None:
    """In its folder, in others that it writes to, and in files that any option names."""
    found = gate(tmp_path, report_log="elsewhere/run.log", other="elsewhere")
    names = ("reports/acme/dev/a.txt", "allure/result.json", "elsewhere/run.log", "junit.xml")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"x {SECRET}", encoding="utf-8")
    assert sorted(found.search()) == [f"{name}:1:3: a registered secret" for name in sorted(names)]


def test_results_are_read_again_once_they_or_the_secrets_change(tmp_path: Path) -> None:
    """Allure results are searched as they are written; that holds for these bytes and these secrets."""
    found = gate(tmp_path)
    folder = tmp_path / "allure"
    folder.mkdir()
    results = ResultsFolder(folder, Troubles(), searched=found.searched)
    later = f"known-later-{tmp_path.name}-{os.getpid()}"
    attachment = Attachment("a", f"key {later}")
    results.write([attachment], {"name": "a product"})
    (result,) = folder.glob("*-result.json")
    assert all(found.searched.holds(each.stat()) for each in folder.iterdir())
    assert found.search() == ()

    result.write_text(result.read_text(encoding="utf-8") + SECRET, encoding="utf-8")
    (leak,) = found.search()
    assert leak.endswith(": a registered secret")
    assert leak.startswith(f"allure/{result.name}:")

    register_secret(later)
    leaking = sorted(each.partition(":")[0] for each in found.search())
    assert leaking == sorted(f"allure/{name}" for name in (result.name, attachment.file))


def test_a_result_whose_time_was_set_back_is_read_again(tmp_path: Path) -> None:
    """Tools that copy or edit a file may keep its time, and its size may stay as it was."""
    found = gate(tmp_path)
    folder = tmp_path / "allure"
    folder.mkdir()
    ResultsFolder(folder, Troubles(), searched=found.searched).write([], {"name": "-" * len(SECRET)})
    (result,) = folder.iterdir()
    before = result.stat()
    with result.open("r+b") as file:
        file.write(result.read_bytes().replace(b"-" * len(SECRET), SECRET.encode(), 1))
    os.utime(result, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert len(found.search()) == 1


def test_a_result_counts_for_the_secrets_with_which_it_was_searched(tmp_path: Path) -> None:
    """Of threads one may come late with a file that was searched before a secret was known."""
    searched = SearchedFiles()
    early, late = tmp_path / "early.txt", tmp_path / "late.txt"
    known = REGISTRY.version
    register_secret(f"known-between-{tmp_path.name}-{os.getpid()}")
    for path, version in ((late, REGISTRY.version), (early, known)):
        with path.open("wb") as file:
            searched.add(file.fileno(), version)
    assert searched.holds(late.stat())
    assert not searched.holds(early.stat())


def test_an_attached_archive_is_looked_into(tmp_path: Path) -> None:
    """Though it is a text, in which nothing is found as it is."""
    found = gate(tmp_path)
    folder = tmp_path / "allure"
    folder.mkdir()
    attachment = Attachment("a", "PK\x03\x04 of letters only")
    ResultsFolder(folder, Troubles(), searched=found.searched).write([attachment])
    assert not found.searched.holds((folder / attachment.file).stat())


def test_many_leaks_are_counted() -> None:
    """A few tell what is wrong; the last line says what to do."""
    *lines, last = leak_lines([f"{number}.txt" for number in range(MOST_SHOWN + 3)])
    assert lines[MOST_SHOWN:] == ["and 3 more; summary.json has all"]
    assert last.startswith("Delete these files")


def test_records_of_earlier_runs_are_theirs(tmp_path: Path) -> None:
    """The gate let them pass then."""
    found = gate(tmp_path)
    record = tmp_path / "reports" / "acme" / "dev" / "acceptance" / "2026-11-03T04-42-00Z"
    record.mkdir(parents=True)
    (record / "a.txt").write_text(SECRET, encoding="utf-8")
    assert found.search() == ()


SECRET = "s3cret$of=the/files"


@pytest.fixture(autouse=True)
def _known() -> None:
    register_secret(SECRET)


def search(folder: Path) -> list[str]:
    """Return what is found below ``folder``."""
    return list(leaks_below([folder], folder))


def test_a_leak_is_named_by_file_line_column_and_kind(tmp_path: Path) -> None:
    """And never by itself."""
    (tmp_path / "deep").mkdir()
    encoded = base64.b64encode(SECRET.encode()).decode()
    (tmp_path / "deep" / "a.txt").write_text(f"one\ntwo {SECRET}\n\n  {encoded}\n", encoding="utf-8")
    (tmp_path / "b.bin").write_bytes(b"\xff\xfe\0" + SECRET.encode("utf-16-le") + b"\0" * 9)
    (tmp_path / "c.txt").write_text("*** and nothing else", encoding="utf-8")
    assert sorted(search(tmp_path)) == [
        "b.bin:1:4: a registered secret",
        "deep/a.txt:2:5: a registered secret",
        "deep/a.txt:4:3: a registered secret in base64",
    ]


@pytest.mark.parametrize("place", [0, CHUNK - 5, CHUNK - LONGEST_PLACE - 5, CHUNK + 7, 2 * CHUNK - 1])
def test_a_huge_file_is_read_in_chunks(tmp_path: Path, place: int) -> None:
    """A secret that begins in one and ends in the next is found, once, at its place."""
    before = (b"x" * 99 + b"\n") * (place // 100 + 1)
    after = b"\n" + b"y" * CHUNK
    data = before[:place] + SECRET.encode() + after
    (tmp_path / "huge.log").write_bytes(data)
    (found,) = search(tmp_path)
    assert found == f"huge.log:{place // 100 + 1}:{place % 100 + 1}: a registered secret"


def test_many_leaks_of_one_file_are_a_few_lines(tmp_path: Path) -> None:
    """Others would be buried."""
    (tmp_path / "a.txt").write_text(f"{SECRET}\n" * 50, encoding="utf-8")
    found = search(tmp_path)
    assert len(found) == MOST_PER_FILE + 1
    assert found[-1] == "a.txt: and more"


def test_archives_are_looked_into(tmp_path: Path) -> None:
    """Of zip each member, by its name; what only begins like an archive is no error."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("clean.txt", "nothing")
        archive.writestr(f"{SECRET}.txt", f"a\n{SECRET}")
    (tmp_path / "a.zip").write_bytes(packed.getvalue())
    (tmp_path / "b.gz").write_bytes(gzip.compress(SECRET.encode()))
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 and then nothing of a kind")
    (tmp_path / "d.gz").write_bytes(gzip.compress(b"cut off")[:-9])
    found = search(tmp_path)
    assert "a.zip!***.txt:2:1: a registered secret" in found
    assert "b.gz!:1:1: a registered secret" in found
    # The names of members stand in a zip as they are, twice.
    assert [leak.partition(":")[0] for leak in found] == ["a.zip", "a.zip", "a.zip!***.txt", "b.gz!"]


def zipped(name: str, data: bytes) -> bytes:
    """Pack one member."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("packed", "place"),
    [
        (bz2.compress(SECRET.encode() * 9), "a.bin!:1:1"),
        (lzma.compress(SECRET.encode() * 9), "a.bin!:1:1"),
        (zipped("b.gz", gzip.compress(SECRET.encode())), "a.bin!b.gz!:1:1"),
        (zipped("b.zip", zipped("c.txt", b"\n" + SECRET.encode())), "a.bin!b.zip!c.txt:2:1"),
        (gzip.compress(zipped("b.xz", lzma.compress(SECRET.encode() * 9))), "a.bin!!b.xz!:1:1"),
    ],
    ids=["bzip2", "xz", "gzip in zip", "zip in zip", "xz in zip in gzip"],
)
def test_other_archives_and_those_within_one_another_are_looked_into(
    tmp_path: Path, packed: bytes, place: str
) -> None:
    """As a trace of a browser holds them, or what a step attaches."""
    (tmp_path / "a.bin").write_bytes(packed)
    assert search(tmp_path)[0] == f"{place}: a registered secret"


@pytest.mark.parametrize("packed", [b"BZh9 no more", b"\xfd7zXZ\x00 no more", bz2.compress(b"x" * 999)[:-9]])
def test_what_only_begins_like_an_archive_is_no_error(tmp_path: Path, packed: bytes) -> None:
    """Its bytes were searched as they are."""
    (tmp_path / "a.bin").write_bytes(packed)
    assert search(tmp_path) == []


def test_an_archive_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte of gzip may unpack to a thousand."""
    monkeypatch.setattr(archives, "MOST_UNPACKED", 2 * leak_gate.CHUNK)
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(9 * leak_gate.CHUNK) + SECRET.encode()))
    assert search(tmp_path) == []


def test_a_name_with_a_secret_is_a_leak(tmp_path: Path) -> None:
    """It is not repeated."""
    name = "token-of-the-file-name"
    register_secret(name)
    (tmp_path / f"a-{name}.txt").write_text(name, encoding="utf-8")
    assert search(tmp_path) == [
        "a-***.txt: the name of the file holds a secret",
        "a-***.txt:1:1: a registered secret",
    ]


def test_a_file_that_several_places_hold_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where more files stand there than are looked at together."""
    monkeypatch.setattr(leak_gate, "AT_ONCE", 2)
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    files = [tmp_path / "a" / "1.txt", tmp_path / "a" / "2.txt", inside / "3.txt", inside / "4.txt"]
    for file in files:
        file.write_text(SECRET, encoding="utf-8")
    expected = [f"{file.relative_to(tmp_path).as_posix()}:1:1: a registered secret" for file in files]
    for places in ([tmp_path, inside, files[3]], [files[0], inside, tmp_path / "a"], [*files, tmp_path]):
        assert sorted(leaks_below(places, tmp_path)) == expected


@pytest.mark.skipif(os.name != "posix", reason="permissions and links are other there")
def test_what_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """What is gone by now is none, and a file is looked at once."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nowhere")
    (found,) = search(tmp_path)
    assert found.startswith("loop: cannot be read, so nobody knows what is in it: ")
    file = tmp_path / "a.txt"
    file.write_text(SECRET, encoding="utf-8")
    assert list(leaks_below([file, file], tmp_path / "other")) == [
        f"{file.as_posix()}:1:1: a registered secret"
    ]
