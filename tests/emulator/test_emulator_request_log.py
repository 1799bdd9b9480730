"""The log of requests: what stands in it, and what never does."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from starlette.types import Scope

from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.request_log import RequestLog, opened_log
from pytest_iflow.emulator.start import StartError
from tests.emulator.emulator_process import TIMEOUT, Emulator, ready, start


def _scope(path: str, query: str = "") -> Scope:
    return {"method": "POST", "raw_path": path.encode("latin-1"), "query_string": query.encode()}


@pytest.fixture
def lines() -> list[str]:
    """What the log has written."""
    return []


@pytest.fixture
def log(landscape: Landscape, lines: list[str]) -> RequestLog:
    """A log that writes to ``lines``."""
    return RequestLog(landscape, lines.append)


def _some_secret(landscape: Landscape) -> str:
    secret = landscape.instances[0].keys[0].client_secret
    assert secret is not None
    return secret


def test_line_says_when_where_who_what_and_how_long(log: RequestLog, lines: list[str]) -> None:
    """It is one line, with UTC and milliseconds."""
    log.note("runtime", "sb-1", _scope("/http/echo", "a=1"), "200", 0.0123)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z runtime sb-1 POST /http/echo\?a=1 200 12\.3 ms\n", lines[0]
    )


@pytest.mark.parametrize("encode", [str, quote, quote_plus, lambda text: quote(text, safe="")])
def test_known_secret_is_masked_wherever_it_stands(
    log: RequestLog, landscape: Landscape, encode: object
) -> None:
    """In a parameter of any name, and in the path, however it is encoded."""
    assert callable(encode)
    secret = encode(_some_secret(landscape))
    assert log.masked(f"/oauth/token?x={secret}") == "***"
    assert log.masked(f"/{secret}") == "***"


@pytest.mark.parametrize(
    ("target", "masked"),
    [
        ("/t?client_id=a&client_secret=wrong&b=1", "/t?client_id=a&client_secret=***&b=1"),
        ("/t?Password=x", "/t?Password=***"),
        ("/t?client_assertion=x&grant_type=y", "/t?client_assertion=***&grant_type=y"),
        ("/t?x=eyJhbGciOi.eyJqdGki.c2ln", "/t?x=***"),
        ("/t?page=1", "/t?page=1"),
        ("/oauth/token?grant_type=y", "/oauth/token?grant_type=y"),
    ],
)
def test_secret_of_anybody_is_masked_by_its_parameter(log: RequestLog, target: str, masked: str) -> None:
    """Also a wrong one: it may be right somewhere else."""
    assert log.masked(target) == masked


def test_request_cannot_write_a_line_of_its_own(log: RequestLog, lines: list[str]) -> None:
    """Line ends in a path or in a client id stay where they are."""
    log.note("api", "sb\n1", _scope("/a\nb\xff"), "200", 0)
    assert len(lines) == 1
    assert lines[0].count("\n") == 1
    assert "/a\\nb\\xff" in lines[0]


def test_log_is_appended_to_and_readable_at_once(tmp_path: Path) -> None:
    """A second run does not wipe out the first."""
    path = tmp_path / "requests.log"
    for word in ("one\n", "two\n"):
        with opened_log(str(path)) as write:
            assert write is not None
            write(word)
            assert path.read_text(encoding="utf-8").endswith(word)
    assert path.read_text(encoding="utf-8") == "one\ntwo\n"


def test_log_may_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """``-`` names it."""
    with opened_log("-") as write:
        assert write is not None
        write("line\n")
    assert capsys.readouterr().err == "line\n"


def test_log_that_cannot_be_written_is_told_before_the_start(tmp_path: Path) -> None:
    """A folder cannot be written as a file."""
    with (
        pytest.raises(StartError, match=r"request log .* cannot be written: .* Name another file with --log"),
        opened_log(str(tmp_path)),
    ):
        pytest.fail("opened")


def test_running_landscape_logs_each_request_and_its_faults(tmp_path: Path) -> None:
    """Refused, answered, hit by a fault; secrets in a query string are stars; the admin is not in it."""
    path = tmp_path / "requests.log"
    with start(tmp_path / "keys", "--until-stdin-closes", f"--log={path}") as process:
        said = ready(process)
        emulator = Emulator(said["token"], said["runtime"], said["api"], Path(said["keys"]), Path(said["ca"]))
        key = emulator.key()
        query = {
            "grant_type": "client_credentials",
            "client_id": key["clientid"],
            "client_secret": key["clientsecret"],
        }
        emulator.request("POST", key["tokenurl"], params=query)
        emulator.call("/echo")
        emulator.set_faults({"runtime.reset_before": 1})
        with pytest.raises(OSError, match="Connection"):
            emulator.call("/echo")
        process.communicate(timeout=TIMEOUT)
    text = path.read_text(encoding="utf-8")
    assert key["clientsecret"] not in text
    assert quote(key["clientsecret"], safe="") not in text
    assert " token unknown POST *** " in text
    assert f" runtime {key['clientid']} POST /http/echo 200 " in text
    assert f" runtime {key['clientid']} POST /http/echo - reset_before " in text
    assert "/emulator/" not in text
