"""Hashes and signature of a record, as other programs verify them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from pytest_iflow.acceptance.making import MadeRecord
from pytest_iflow.results.records.seal import SIGNATURE, SIGNER, SUMS, parse_sums, sums_text

pytest_plugins = ["tests.acceptance.recorded_run"]


def test_the_list_is_read_as_it_is_written() -> None:
    """Sorted, blanks and umlauts in names included."""
    hashes = {"b c/größe": "0" * 64, "a": "f" * 64}
    text = sums_text(hashes)
    assert text == f"{'f' * 64}  a\n{'0' * 64}  b c/größe\n"
    assert parse_sums(text.encode()) == hashes


@pytest.mark.parametrize("line", ["", "f" * 64, f"{'g' * 64}  a", f"{'f' * 64} a", f"{'F' * 64}  a"])
def test_a_line_that_is_none_of_the_list_is_told(line: str) -> None:
    """By its number."""
    assert parse_sums(f"{'f' * 64}  a\n{line}\n".encode()) == 2


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum")
def test_sha256sum_verifies_the_files(made: MadeRecord) -> None:
    """Without this program."""
    command = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    subprocess.run(command, cwd=made.folder, check=True)  # noqa: S603, fixed words


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl")
def test_openssl_verifies_the_signature(made: MadeRecord) -> None:
    """The same; another list does not fit."""
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        SIGNER,
        "-rawin",
        "-sigfile",
        SIGNATURE,
        "-in",
    ]
    done = [
        subprocess.run([*command, name], cwd=made.folder, capture_output=True, check=False).returncode  # noqa: S603, fixed words
        for name in (SUMS, "acceptance.json")
    ]
    assert (done[0], bool(done[1])) == (0, True)
