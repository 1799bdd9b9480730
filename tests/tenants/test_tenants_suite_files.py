"""What a feature may read, and the hashes of what was read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.suite_files import (
    LARGEST,
    MissingFileError,
    SuiteFiles,
    is_there,
    open_regular,
    read_regular,
    read_text,
)
from pytest_iflow.tenants.tenant_file import load_tenant

TENANT = """
files = ["../shared", "../../far away"]
[environments.dev.clients.default]
service-key = "env:KEY"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A suite with a payload, and a file beside the suite."""
    for name in ("suite/payloads/a.json", "suite/features/a.feature", "secret.txt", "shared/b.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path / "suite"


@pytest.mark.parametrize(
    ("name", "near"), [("b.jsn", "b.json"), ("orders/b.jsn", "orders/b.json"), ("nothing-like-it", None)]
)
def test_a_file_that_is_missing_has_a_near_name(root: Path, name: str, near: str | None) -> None:
    """Also of one in a folder below; a name that is like none gets no question."""
    path = root / "payloads" / "orders" / "b.json"
    path.parent.mkdir()
    path.write_bytes(b"")
    (root / "payloads" / "b.json").write_bytes(b"")
    with pytest.raises(MissingFileError) as caught:
        SuiteFiles(root).find(name, root / "features", "payloads")
    question = f'did you mean "{near}"? Or ' if near else ""
    assert caught.value.near == question
    assert str(caught.value.remedy).startswith(f"{question}put it into the folder payloads")


def test_what_is_read_is_noted_once_with_the_hash_of_its_bytes(root: Path) -> None:
    """A file that changes while the run goes on has two."""
    files = SuiteFiles(root)
    path = files.find("a.json", root / "features", "payloads")
    assert [files.read(path) for _ in range(3)] == [b"suite/payloads/a.json"] * 3
    first = "payloads/a.json", hashlib.sha256(b"suite/payloads/a.json").hexdigest()
    assert files.used == [first]
    path.write_bytes(b"other")
    assert files.read(path) == b"other"
    assert files.used == [first, ("payloads/a.json", hashlib.sha256(b"other").hexdigest())]


@pytest.mark.parametrize(
    "name",
    [
        *("../../secret.txt", "..\\..\\secret.txt", "./../payloads/../../secret.txt", "{absolute}"),
        *(
            "C:\\Windows\\win.ini",
            "C:secret",
            "\\\\server\\share\\a",
            "//server/share/a",
            "file:///etc/passwd",
        ),
        *("\\\\.\\PhysicalDrive0", "\\\\?\\C:\\a", "/dev/zero", "/dev/stdin", "/proc/self/environ", "/"),
        *("http://127.0.0.1:9/a", "payloads/link.txt", "payloads/folder/secret.txt"),
    ],
)
def test_a_file_outside_is_refused_by_name_with_the_remedy(root: Path, name: str) -> None:
    """By any way that leads out: dots, absolute paths, drives, shares, devices, addresses, links."""
    if os.name == "posix":
        (root / "payloads" / "link.txt").symlink_to(root.parent / "secret.txt")
        (root / "payloads" / "folder").symlink_to(root.parent)
    name = name.replace("{absolute}", str(root.parent / "secret.txt"))
    files = SuiteFiles(root)
    with pytest.raises(ConfigurationError) as caught:
        files.read(files.find(name, root / "features", "payloads"))
    if not isinstance(caught.value, MissingFileError):
        assert 'files = ["FOLDER"]' in str(caught.value)
    assert files.used == []


@pytest.mark.parametrize(
    "name", ["", ".", "none.json", "a\0b", "x" * 5_000, "payloads", "features/../payloads"]
)
def test_what_is_no_file_is_not_there(root: Path, name: str) -> None:
    """Whatever the system says of such a name."""
    folder = ": it is a folder" if name in {"", ".", "payloads", "features/../payloads"} else ""
    with pytest.raises(MissingFileError, match=f"is not there{folder}"):
        SuiteFiles(root).find(name, root / "features", "payloads")


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes")
def test_a_pipe_is_no_file_and_nobody_waits(root: Path) -> None:
    """Nor is a link to one, a loop of links, or a link to nothing."""
    os.mkfifo(root / "payloads" / "pipe")
    (root / "payloads" / "to pipe").symlink_to(root / "payloads" / "pipe")
    (root / "payloads" / "loop").symlink_to(root / "payloads" / "loop")
    (root / "payloads" / "nothing").symlink_to(root / "payloads" / "none")
    files = SuiteFiles(root)
    for name in ("pipe", "to pipe", "loop", "nothing"):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            files.read(files.find(name, root / "features", "payloads"))
    with pytest.raises(OSError, match="no file"):
        open_regular(root / "payloads" / "pipe")
    with pytest.raises(OSError, match="no file"):
        read_regular(root / "payloads" / "to pipe", follow=False)


def test_a_link_within_the_suite_is_followed_until_it_leads_elsewhere(root: Path) -> None:
    """Also where it was good the last time."""
    link = root / "payloads" / "link.json"
    try:
        link.symlink_to(root / "payloads" / "a.json")
    except OSError:
        pytest.skip("this account may not make links")
    files = SuiteFiles(root)
    assert files.read(link) == b"suite/payloads/a.json"
    link.unlink()
    link.symlink_to(root.parent / "secret.txt")
    with pytest.raises(ConfigurationError, match="outside of the suite"):
        files.read(link)


def test_a_tenant_file_allows_folders_by_name(root: Path) -> None:
    """Relative to itself; files in them are found by their names alone."""
    (root.parent / "tenants").mkdir()
    (root.parent / "tenants" / "acme.toml").write_bytes(TENANT.encode())
    environment = load_tenant(root.parent / "tenants" / "acme.toml").environments["dev"]
    assert environment.sha256 == hashlib.sha256(TENANT.encode()).hexdigest()
    files = SuiteFiles(root, environment.files)
    assert files.read(files.find("b.json", root / "features", "payloads")) == b"shared/b.json"
    assert [name for name, _ in files.used] == ["../shared/b.json"] or os.name == "nt"
    with pytest.raises(ConfigurationError, match="outside of the suite"):
        files.read(root.parent / "secret.txt")


def test_what_the_plugin_brings_may_be_read_and_is_no_part_of_the_suite(root: Path) -> None:
    """Its version stands for it."""
    files = SuiteFiles(root, shipped=root.parent / "shared")
    assert files.read(root.parent / "shared" / "b.json") == b"shared/b.json"
    assert files.used == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    """Byte order marks never reach the caller; UTF-16 is what PowerShell 5 redirects to."""
    path = tmp_path / "key.json"
    path.write_bytes('{"name": "Größe"}'.encode(encoding))
    assert read_text(path) == '{"name": "Größe"}'


def test_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    """The error names file and line, and shows none of the content."""
    path = tmp_path / "trial.toml"
    path.write_bytes('a = 1\nb = "secret-Größe"\n'.encode("latin-1"))
    with pytest.raises(ConfigurationError, match="not UTF-8") as caught:
        read_text(path)
    assert caught.value.where == f"{path}, line 2"
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write into it; a device such as /dev/zero has no end."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ConfigurationError, match="no file"):
            read_text(path)


def test_what_no_person_writes_is_refused(tmp_path: Path) -> None:
    """A huge file, a NUL, and a name that holds one or is too long."""
    path = tmp_path / "key.json"
    path.write_bytes(b"{" + b" " * LARGEST + b"}")
    with pytest.raises(ConfigurationError, match="larger than 10 MB"):
        read_text(path)
    path.write_bytes(b"{\n\0}")
    with pytest.raises(ConfigurationError, match="line 2 holds a NUL character"):
        read_text(path)
    for name, why in (("a\0b", "its name holds"), ("x" * 5000, "cannot be read")):
        with pytest.raises(ConfigurationError, match=why):
            read_text(tmp_path / name)
        assert not is_there(tmp_path / name)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Whatever cannot be read is named."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ConfigurationError, match="cannot be read") as caught:
            read_text(path)
        assert caught.value.where == str(path)
