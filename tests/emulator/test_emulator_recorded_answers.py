"""Every recorded answer, character for character; recorded_answers.toml has one row for each."""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
import tomllib
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.emulator.emulator_process import TIMEOUT, Emulator, running

ROWS = tomllib.loads(Path(__file__).with_name("recorded_answers.toml").read_text("utf-8"))["answer"]
DEFAULT = "2022"
# What differs from one answer to the next.
VARIABLE = {
    "<uuid>": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<id>": "A[FG][A-Za-z0-9_-]{26}",
    "<jwt>": r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+",
    "<jti>": "[0-9a-f]{32}",
    "<csrf>": "[A-Za-z0-9_-]{32}",
    "<cookie>": r"\w+=[^;]+; Path=/; Secure; HttpOnly",
    "<number>": "[0-9]+",
    "<any>": ".*",
}
PAGE = (
    '<!doctype html><html lang="en"><head><title>HTTP Status {0}</title><style type="text/css">'
    "body {{font-family:Tahoma,Arial,sans-serif;}} h1, h2, h3, b {{color:white;background-color:#525D76;}} "
    "h1 {{font-size:22px;}} h2 {{font-size:16px;}} h3 {{font-size:14px;}} p {{font-size:12px;}} "
    "a {{color:black;}} .line {{height:1px;background-color:#525D76;border:none;}}</style></head>"
    "<body><h1>HTTP Status {0}</h1></body></html>"
)
Started = Callable[[str], Emulator]


@dataclass(frozen=True)
class Raw:
    """An answer as http.client reads it: nothing is followed, unpacked or joined."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def values(self, name: str) -> list[str]:
        """Return the values of all headers of a name, which is lower case."""
        return [value for each, value in self.headers if each.lower() == name]


class Caller:
    """Sends the requests of the table to an emulator."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self._emulator = emulator
        self._folder = folder
        key = emulator.key()
        self.known = {
            "<client>": key["clientid"],
            "<application>": key["clientid"].rpartition("|")[2],
            "<api client>": emulator.key("api")["clientid"],
            "<secret>": key["clientsecret"],
            "<token>": emulator.token_plane,
            "<api>": emulator.api,
            "<basic of client and nonsense>": b64encode(f"{key['clientid']}:no".encode()).decode(),
        }

    def filled(self, text: str) -> str:
        """Return a text with what the service keys say in it."""
        for name, value in self.known.items():
            text = text.replace(name, value)
        return text

    def ask(self, row: dict[str, Any]) -> Raw:
        """Send the request of a row, and the one that it says goes before it."""
        plane, method, path = row["request"].split(" ")
        headers = self._headers(row)
        tls = self._tls(row)
        if row.get("after") == "etag":
            headers["If-None-Match"] = self._send(plane, "GET", path, headers, b"", tls).values("etag")[0]
        if row.get("after") == "csrf":
            fetched = self._send(plane, "GET", path, headers | {"X-CSRF-Token": "Fetch"}, b"", tls)
            headers["X-CSRF-Token"] = fetched.values("x-csrf-token")[0]
            headers["Cookie"] = "; ".join(each.split(";")[0] for each in fetched.values("set-cookie"))
        body = b"x" * row["size"] if "size" in row else row.get("body", "").encode()
        if "form" in row:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({name: self.filled(value) for name, value in row["form"].items()}).encode()
        return self._send(plane, method, path, headers, body, tls)

    def _headers(self, row: dict[str, Any]) -> dict[str, str]:
        headers = {name: self.filled(value) for name, value in row.get("send", {}).items()}
        if "bearer" in row:
            headers["Authorization"] = f"Bearer {self._emulator.token(row['bearer'])}"
        for kind, encoded in (("basic", str), ("encoded-basic", lambda text: quote(text, safe=""))):
            if kind in row:
                key = self._emulator.key(row[kind])
                pair = f"{encoded(key['clientid'])}:{encoded(key['clientsecret'])}"
                headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return headers

    def _tls(self, row: dict[str, Any]) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self._emulator.ca))
        if "certificate" in row:
            key = self._emulator.key(row["certificate"])
            file = self._folder / "client.pem"
            file.write_text(key["key"] + key["certificate"], encoding="ascii")
            context.load_cert_chain(file)
        return context

    def _send(
        self, plane: str, method: str, path: str, headers: dict[str, str], body: bytes, tls: ssl.SSLContext
    ) -> Raw:
        emulator = self._emulator
        planes = {"token": emulator.token_plane, "runtime": emulator.runtime, "api": emulator.api}
        connection = http.client.HTTPSConnection(urlsplit(planes[plane]).netloc, context=tls, timeout=TIMEOUT)
        with contextlib.closing(connection):
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return Raw(answer.status, answer.getheaders(), answer.read().decode("utf-8"))


@pytest.fixture(scope="module")
def of_profile(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """Start an emulator of each profile that a row asks for, once."""
    started = {DEFAULT: emulator}
    with contextlib.ExitStack() as processes:

        def get(profile: str) -> Emulator:
            if profile not in started:
                keys = tmp_path_factory.mktemp("profile") / "keys"
                started[profile] = processes.enter_context(running(keys, "--profile", profile))
            return started[profile]

        yield get


def _pattern(caller: Caller, text: str) -> str:
    pattern = re.escape(caller.filled(text))
    for name, expression in VARIABLE.items():
        pattern = pattern.replace(re.escape(name), f"(?:{expression})")
    return pattern


@pytest.mark.parametrize("row", ROWS, ids=[row["fact"] for row in ROWS])
def test_answer_is_the_recorded_one(of_profile: Started, tmp_path: Path, row: dict[str, Any]) -> None:
    """Status, headers and body of one row; of a complete record also that there is no other header."""
    caller = Caller(of_profile(row.get("profile", DEFAULT)), tmp_path)
    answer = caller.ask(row)
    assert answer.status == row["status"]
    for name, value in row.get("headers", {}).items():
        received = answer.values(name)
        if value == "":
            assert received == [], f"{name} is not on record"
        else:
            assert len(received) == 1, f"{name}: {received}"
            assert re.fullmatch(_pattern(caller, value), received[0]), f"{name}: {received[0]}"
    if row.get("complete"):
        assert {name.lower() for name, _ in answer.headers} == {*row["headers"], "date"}
    if "cookies" in row:
        assert len(answer.values("set-cookie")) == row["cookies"]
    wanted = PAGE.format(row["page"]) if "page" in row else row["text"]
    assert re.fullmatch(_pattern(caller, wanted), answer.text), answer.text


def test_no_row_says_the_same_as_another() -> None:
    """Each has a name of its own, by which the table of what is covered finds it."""
    names = [row["fact"] for row in ROWS]
    assert sorted(set(names)) == sorted(names)
