"""The process: its ports, its start and its end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from pytest_iflow.emulator.server import bound
from pytest_iflow.emulator.start import StartError
from tests.emulator.emulator_process import TIMEOUT, Emulator, ready, start, three_ports


def test_all_planes_listen_on_loopback_only() -> None:
    """No socket is bound to an address that another machine could reach."""
    with bound(0) as sockets:
        listeners = (sockets.token, sockets.runtime, sockets.api, sockets.products)
        assert {each.getsockname()[0] for each in listeners} == {"127.0.0.1"}
        assert len({each.getsockname()[1] for each in listeners}) == 4


def test_addresses_follow_from_the_sockets() -> None:
    """The planes are https but for the product service, which nobody outside calls."""
    with bound(0) as sockets:
        planes = sockets.planes()
        assert planes.token == f"https://127.0.0.1:{sockets.token.getsockname()[1]}"
        port = sockets.products.getsockname()[1]
        assert planes.products == f"http://127.0.0.1:{port}/espm-cloud-web/espm.svc"


def test_sockets_are_closed_at_the_end() -> None:
    """After the context none of them is open."""
    with bound(0) as sockets:
        pass
    assert {sockets.token.fileno(), sockets.runtime.fileno(), sockets.products.fileno()} == {-1}


def test_ports_bound_before_the_one_that_is_taken_are_given_back() -> None:
    """A start that fails keeps no port: what it bound can be bound again."""
    for first in three_ports():
        with contextlib.suppress(OSError), socket.socket() as holder:
            holder.bind(("127.0.0.1", first + 1))
            with pytest.raises(StartError) as refused, bound(first):
                pass
            if f"Port {first + 1} of" in str(refused.value):
                with socket.socket() as again:
                    again.bind(("127.0.0.1", first))
                return
        # Somebody else has one of the two.
    pytest.fail("no port was given back")


@pytest.mark.parametrize("port", [-1, 65_534, 65_535, 99_999])
def test_port_that_cannot_be_is_told_with_those_that_can(port: int) -> None:
    """The two after it have to be ports as well."""
    with (
        pytest.raises(StartError, match=f"Port {port} cannot be used: name one from 1 to 65533"),
        bound(port),
    ):
        pass


def test_ready_line_names_three_hosts_and_the_files(emulator: Emulator) -> None:
    """Each plane has an https address of its own on 127.0.0.1."""
    planes = [emulator.token_plane, emulator.runtime, emulator.api]
    assert len(set(planes)) == 3
    assert all(plane.startswith("https://127.0.0.1:") for plane in planes)
    assert emulator.ca == emulator.keys / "ca.pem"


def test_fixed_ports_follow_one_another(tmp_path: Path) -> None:
    """--port N gives token N, runtime N+1, API N+2."""
    for first in three_ports():
        with start(tmp_path, "--until-stdin-closes", f"--port={first}") as process:
            out, complaints = process.communicate(timeout=TIMEOUT)
        if process.returncode == 0:
            break
        # One of the three is somebody else's.
        assert complaints.startswith("Port ")
    said = json.loads(out)
    assert [said[plane] for plane in ("token", "runtime", "api")] == [
        f"https://127.0.0.1:{port}" for port in range(first, first + 3)
    ]


def test_port_that_is_taken_ends_in_a_clear_message(tmp_path: Path) -> None:
    """Exit code 2, the port in the message, no traceback, no files."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with start(tmp_path / "keys", f"--port={port}") as process:
            out, complaints = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert out == ""
    assert complaints.startswith(f"Port {port} of 127.0.0.1 cannot be used: ")
    assert "Traceback" not in complaints
    assert not (tmp_path / "keys").exists()


def test_folder_that_cannot_be_written_ends_in_a_clear_message(tmp_path: Path) -> None:
    """Exit code 2, the folder in the message."""
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    with start(taken) as process:
        _, complaints = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert complaints.startswith(f"The service keys cannot be written to {taken}: ")


def test_end_of_standard_input_ends_the_process(tmp_path: Path) -> None:
    """With --until-stdin-closes nothing is left behind when the parent goes.

    What was in the folder for temporary files is gone when the process is ready. An answer under way is sent
    to its end, and an idle client is not waited for.
    """
    keys, temporary = tmp_path / "keys", tmp_path / "temporary"
    temporary.mkdir()
    environ = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    with start(keys, "--until-stdin-closes", environ=environ) as process, requests.Session() as session:
        said = ready(process)
        assert list(temporary.iterdir()) == []
        session.trust_env = False
        session.get(f"{said['token']}/token_keys", verify=said["ca"], timeout=TIMEOUT)
        emulator = Emulator(said["token"], said["runtime"], said["api"], keys, Path(said["ca"]))
        answer = emulator.call("/large?megabytes=16", stream=True)
        assert process.stdin is not None
        process.stdin.close()
        assert sum(map(len, answer.iter_content(65_536))) == 16 * 1024 * 1024
        answer.close()
        assert process.wait(TIMEOUT) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert list(keys.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_ctrl_c_ends_the_process_and_takes_the_keys(tmp_path: Path) -> None:
    """It is a clean end with exit code 0, also with the input still open."""
    keys = tmp_path / "keys"
    with start(keys, "--until-stdin-closes", "--json") as process:
        ready(process)
        process.send_signal(signal.SIGINT)
        process.wait(TIMEOUT)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0
    assert list(keys.iterdir()) == []


def test_end_does_not_wait_for_a_slow_flow(tmp_path: Path) -> None:
    """A flow that sleeps for half a minute is woken up; its caller loses the connection."""
    with start(tmp_path, "--until-stdin-closes") as process:
        said = ready(process)
        emulator = Emulator(said["token"], said["runtime"], said["api"], tmp_path, Path(said["ca"]))
        with pytest.raises(requests.exceptions.Timeout):
            emulator.call("/slow?seconds=30", timeout=(TIMEOUT, 0.2))
        _, complaints = process.communicate(timeout=TIMEOUT / 2)
    assert (process.returncode, complaints) == (0, "")


def test_emulator_imports_nothing_of_the_client_side() -> None:
    """A mistake of the client cannot be the emulator's as well: they share no module."""
    script = (
        "import sys, pytest_iflow.emulator.__main__\n"
        "print(sorted(name for name in sys.modules if name.startswith('pytest_iflow.')\n"
        "             and not name.startswith('pytest_iflow.emulator')))"
    )
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("plane", ["token_plane", "runtime", "api"])
def test_planes_speak_no_plain_http(emulator: Emulator, plane: str) -> None:
    """A plain request gets no HTTP answer."""
    url = getattr(emulator, plane).replace("https://", "http://")
    with requests.Session() as session:
        session.trust_env = False
        with pytest.raises(requests.exceptions.ConnectionError):
            session.get(url, timeout=TIMEOUT)
