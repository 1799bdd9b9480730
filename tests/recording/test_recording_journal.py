"""The journal of a recording, and the secret of its set."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.recording.anonymiser import Anonymiser
from pytest_iflow.recording.call import Anonymisation, PassedCall
from pytest_iflow.recording.journal import JOURNAL, Journal, Recorder, set_key
from pytest_iflow.tenants.masking_rules import AnonymiseRules
from pytest_iflow.transport.exchange import Headers
from tests.recording.planted import planted_in


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    return tmp_path / "cache"


def passed(body: bytes, **more: object) -> PassedCall:
    """Return a call that was answered with what it sent."""
    call = PassedCall("POST", "/http/a", Headers({"Content-Type": "text/plain"}), body, 200, Headers(), body)
    for name, value in more.items():
        setattr(call, name, value)
    return call


@pytest.mark.skipif(os.name == "nt", reason="platformdirs asks Windows itself for the folder")
def test_each_folder_has_a_secret_of_its_own_that_stays(cache: Path, tmp_path: Path) -> None:
    """It is not in the suite, and only its owner reads it."""
    key = set_key(tmp_path / "one")
    assert set_key(tmp_path / "one") == key
    assert set_key(tmp_path / "two") != key
    files = [path for path in cache.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    files[0].write_bytes(b"cut")
    assert len({set_key(tmp_path / name) for name in ("one", "two")}) == 2


def test_what_cannot_be_made_anonymous_is_not_written(tmp_path: Path) -> None:
    """An error in one message ends no recording, and nothing of that message is kept."""
    anonymiser = Anonymiser(b"k" * 32, AnonymiseRules())
    whole = anonymiser.text

    def failing(text: str, place: str) -> str:
        if "Quendel" in text:
            raise RecursionError
        return whole(text, place)

    anonymiser.text = failing  # type: ignore[method-assign]  # what a library may do with a message
    recorder = Recorder(Journal(tmp_path), Anonymisation(anonymiser))
    recorder.take(passed(b"Ottokar Quendel"))
    recorder.take(passed(b"all is well"))
    bad, good = recorder.finish()
    assert "could not be made anonymous (RecursionError)" in bad.left
    assert (bad.request_body, bad.response_body, good.left) == (None, None, "")
    assert planted_in(tmp_path, {"name": "Quendel"}) == []


def test_what_a_later_call_tells_is_taken_out_of_earlier_ones(tmp_path: Path) -> None:
    """Free text comes first, the field that says what it is afterwards."""
    recorder = Recorder(Journal(tmp_path), Anonymisation(Anonymiser(b"k" * 32, AnonymiseRules())))
    recorder.take(passed(b"for OTTOKAR Quendel"))
    recorder.take(passed(b'{"lastName": "Quendel", "firstName": "Ottokar"}'))
    first, second = recorder.finish()
    assert b"Quendel" not in (first.request_body or b"")
    assert b"OTTOKAR" not in (first.request_body or b"")
    assert (second.request_body or b"").count(b"Quendel") == 0


def test_lines_that_were_cut_off_are_left_out(tmp_path: Path) -> None:
    """All others are taken over, also where what follows stands in a line of its own."""
    journal = Journal(tmp_path)
    recorder = Recorder(journal, Anonymisation(None))
    recorder.take(passed(b"one"))
    recorder.finish()
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(b'{"method": "PO')
    second = Recorder(Journal(tmp_path), Anonymisation(None))
    second.take(passed(b"two"))
    assert [call.request_body for call in second.finish()] == [b"one", b"two"]
    third = Journal(tmp_path)
    assert [call.request_body for call in third.earlier] == [b"one", b"two"]
    third.end()
    assert not (tmp_path / JOURNAL).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no size of a file")
def test_a_full_disk_ends_no_recording(tmp_path: Path) -> None:
    """What the disk has no room for stays in memory; the reason is kept, and the next recording reads on."""
    import resource

    recorder = Recorder(Journal(tmp_path), Anonymisation(None))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        recorder.take(passed(b"one"))
        recorder.take(passed(b"two"))
        calls = recorder.finish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [call.request_body for call in calls] == [b"one", b"two"]
    assert JOURNAL in recorder.trouble
    again = Journal(tmp_path)
    assert again.earlier == ()
    again.end()


def test_two_recordings_into_one_folder_are_refused(tmp_path: Path) -> None:
    """Each would write what the other has."""
    first = Journal(tmp_path)
    with pytest.raises(ConfigurationError, match="another recording into this folder goes on"):
        Journal(tmp_path)
    first.end()
    Journal(tmp_path).end()
