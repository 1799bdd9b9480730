"""Workers of pytest-xdist: one emulator, one token for each client, and nothing that will not be needed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import pickle
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import execnet
import pytest

from pytest_iflow.plugin.workers import Controller, worker_input
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.journal import NotedFiles
from pytest_iflow.run import Run
from tests.emulated_tenant import name_tenant, received
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject, variables
from tests.loopback_server import LoopbackServer, Serve
from tests.loopback_tenant import SECRET, LoopbackTenant, TokenService

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

_FEATURE = """
    @safe
    Feature: Many calls
      Scenario Outline: Call <number>
        Given an access token for client "second"
        When I send a POST request to the iFlow "/x"
        Then the response status is 200

        Examples:
          | number |
          | 1      |
          | 2      |
          | 3      |
          | 4      |
"""


def node(collect_only: bool) -> Any:
    """Return what xdist knows of a worker before it starts."""
    return SimpleNamespace(
        config=SimpleNamespace(option=SimpleNamespace(collectonly=collect_only)),
        gateway=SimpleNamespace(spec=SimpleNamespace(popen=True)),
        workerinput={},
    )


def received_by(worker: Any) -> Any:
    """Return what the worker finds in its configuration."""
    return worker_input(cast("pytest.Config", SimpleNamespace(workerinput=worker.workerinput)))


def controller_of(run: Run, allure_results: str = "") -> Controller:
    """Return the controller of a run."""
    return Controller(run, allure_results, NotedFiles(run.files), Troubles())


def test_a_controller_learns_what_workers_did(loopback_tenant: LoopbackTenant) -> None:
    """What they read, wrote and could not write, until they end; one that crashed tells nothing."""
    run = loopback_tenant.run()
    noted, troubles = NotedFiles(run.files), Troubles()
    controller = Controller(run, "", noted, troubles)
    rest = {"iflow_files": {"used": [("b", "1" * 64)]}, "iflow_troubles": [("plan.jsonl", "no room")]}
    controller.pytest_testnodedown(SimpleNamespace(workeroutput=rest))
    controller.pytest_testnodedown(SimpleNamespace())
    assert noted.collect() == {"used": [("b", "1" * 64)]}
    assert troubles.sentences == ["plan.jsonl cannot be written: no room"]


@pytest.fixture
def server(serve: Serve, loopback_tenant: LoopbackTenant) -> LoopbackServer:
    """Token service and runtime of the clients ``default`` and ``second``."""
    server = serve(TokenService())
    loopback_tenant.client("default", host=server.url)
    loopback_tenant.client("second", host=server.url)
    return server


def test_workers_get_tokens_and_folders(server: LoopbackServer, loopback_tenant: LoopbackTenant) -> None:
    """Two workers, one request for each client; a tenant without emulator has no keys of one."""
    controller = controller_of(loopback_tenant.run(), "reports/allure-results")
    for _ in range(2):
        worker = node(collect_only=False)
        controller.pytest_configure_node(worker)
        handed = received_by(worker)
        assert handed["emulator_keys"] is None
        assert handed["allure_results"] == "reports/allure-results"
        assert len(pickle.loads(handed["tokens"])) == 2  # noqa: S301, packed by the controller
    assert len(server.received) == 2


def test_workers_share_the_emulator(local_run: Run) -> None:
    """The folder of its keys is handed over."""
    worker = node(collect_only=False)
    controller_of(local_run).pytest_configure_node(worker)
    assert received_by(worker)["emulator_keys"] == local_run.emulator_keys


def test_collecting_needs_neither_token_nor_emulator(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """Nothing is asked for and nothing made."""
    run = loopback_tenant.run()
    worker = node(collect_only=True)
    controller_of(run).pytest_configure_node(worker)
    assert received_by(worker) == {
        "emulator_keys": None,
        "tokens": b"",
        "endpoints": b"",
        "problems": [],
        "allure_results": "",
        "is_elsewhere": False,
        "judged": None,
    }
    assert "connections" not in vars(run)
    assert server.received == []


def test_who_is_no_worker_gets_nothing(pytestconfig: pytest.Config) -> None:
    """In this very process there is no controller."""
    assert worker_input(cast("pytest.Config", SimpleNamespace())) is None
    assert worker_input(cast("pytest.Config", SimpleNamespace(workerinput={"other": 1}))) is None
    assert pytestconfig.rootpath.is_dir()


@pytest.fixture
def project(tmp_path: Path, server: LoopbackServer, loopback_tenant: LoopbackTenant) -> InnerProject:
    """A suite against that server."""
    assert loopback_tenant.folder == tmp_path
    assert server.received == []
    project = InnerProject(tmp_path / "suite")
    clients = "".join(
        f"[environments.dev.clients.{name}]\nservice-key = {json.dumps(f'file:{tmp_path / name}.json')}\n"
        for name in ("default", "second")
    )
    ca_bundle = json.dumps(str(tmp_path / "ca.pem"))
    project.write("tenants/loopback.toml", f"[environments.dev]\nca-bundle = {ca_bundle}\n{clients}")
    project.write("features/many.feature", _FEATURE)
    return project


def test_a_distributed_run_asks_once_for_each_client(project: InnerProject, server: LoopbackServer) -> None:
    """Three workers, four scenarios, two clients: two token requests, and no secret on disk."""
    outcome = project.run("--tenant=loopback", "-n", "3", "features")
    assert outcome.code == 0, outcome.text
    assert sum(received.target.startswith("/oauth") for received in server.received) == 2
    assert sum(received.target.startswith("/http/x") for received in server.received) == 4
    files = [file for file in project.root.rglob("*") if file.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert b"token-number-" not in content, file
        assert SECRET.encode() not in content, file


def test_a_distributed_run_that_cannot_start_its_emulator_says_so(tmp_path: Path) -> None:
    """One clear error with exit code 4, no traceback."""
    project = InnerProject(tmp_path)
    project.write("features/many.feature", _FEATURE)
    project.write(
        "broken/sitecustomize.py",
        """
        import os, sys

        if "pytest_iflow.emulator" in sys.orig_argv:
            os.write(2, b"no room for a tenant")
            os._exit(3)
        """,
    )
    outcome = project.run("--tenant=local", "-n", "2", "features", PYTHONPATH=str(tmp_path / "broken"))
    assert outcome.code == 4, outcome.text
    assert "the local tenant did not start: no room for a tenant" in outcome.text
    assert "Traceback" not in outcome.text
    assert "INTERNALERROR" not in outcome.text


_BY_NAME = """
    Feature: By name
      Scenario Outline: Call <number>
        When I send a GET request to the iFlow "Echo_Limited"
        Then the response status is 200
        When I send a POST request to the iFlow "Product_SOAP" with the body:
          \"\"\"
          <Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>
            <GetProduct xmlns="urn:local-tenant:products"><ProductId>HT-1000</ProductId></GetProduct>
          </Body></Envelope>
          \"\"\"
        Then the response status is 200
        And the response body contains "GetProductResponse"

        Examples:
          | number |
          | 1      |
          | 2      |
          | 3      |
          | 4      |

      Scenario: Wrong name
        When I send a GET request to the iFlow "Echo_Limitet"
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_asks_once_for_the_endpoints(
    new_project: Callable[[], InnerProject], emulator: Emulator, workers: str
) -> None:
    """Workers know what the controller found; a wrong name asks once more, for what is deployed."""
    project = new_project()
    project.write("features/by_name.feature", _BY_NAME)
    name_tenant(project, emulator)
    run = project.run("--tenant=acme", "--no-preflight", "-n", workers)
    assert run.statuses("acme/dev") == {f"Call {n}": "passed" for n in (1, 2, 3, 4)} | {
        "Wrong name": "broken"
    }
    assert 'Did you mean "Echo_Limited"' in run.scenarios("acme/dev")["Wrong name"]["message"]
    asked = 2 if workers == "0" else 3  # the controller asks by itself, for the report
    assert received(emulator) == {"token": 2, "runtime": 8, "api": asked, "messages": 8}


def test_workers_of_all_shards_share_what_the_tenant_allows(project: InnerProject) -> None:
    """Two workers here and two on each of three other machines are eight."""
    project.write(
        "test_share.py",
        """
        from pytest_iflow.run import RUN

        def test_share(request):
            assert request.config.stash[RUN].workers == 8
        """,
    )
    run = project.run("--tenant=local", "--shard=1/4", "-n2", "test_share.py")
    assert run.code == 0, run.text


@contextlib.contextmanager
def gateway(folder: Path) -> Iterator[str]:
    """Run what answers pytest-xdist on another machine, in a folder of its own; give it as ``--tx`` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    script = Path(execnet.__file__).parent / "script" / "socketserver.py"
    with subprocess.Popen(  # noqa: S603, this very interpreter
        [sys.executable, str(script), f"127.0.0.1:{port}"],
        cwd=folder,
        env=variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "accept" in line.lower():
                break
        yield f"socket=127.0.0.1:{port}//chdir={folder}"
        process.kill()


def test_a_worker_of_another_machine_sends_what_it_wrote(project: InnerProject, tmp_path: Path) -> None:
    """It has a copy of the suite and another disk: all evidence comes to where the run was started."""
    there = tmp_path / "other-machine"
    shutil.copytree(project.root, there)
    with gateway(there) as spec:
        outcome = project.run("--tenant=loopback", "-p", "no:rerunfailures", "-d", "--tx", spec, "-v")
    assert outcome.code == 0, outcome.text
    assert len(outcome.results("loopback/dev")) == 4
    sealed = (project.root / "reports/loopback/dev/sealed-journal.jsonl").read_text("utf-8")
    for file in (project.root / "reports/loopback/dev/allure-results").glob("*-[ar]*.*"):
        assert hashlib.sha256(file.read_bytes()).hexdigest() in sealed
    assert "_pytest/" not in sealed
    assert list(there.glob("reports/loopback/dev/allure-results/*")) == []


def test_names_of_another_machine_lead_nowhere_else(loopback_tenant: LoopbackTenant, tmp_path: Path) -> None:
    """What a worker sends is written beside the other results, whatever it is called."""
    results = tmp_path / "here" / "allure-results"
    results.mkdir(parents=True)
    controller = controller_of(loopback_tenant.run(), str(results))
    sent = {"iflow_contents": {"../a-result.json": b"{}", "/elsewhere/b.txt": b"b", "..\\c.txt": b"c"}}
    controller.pytest_testnodedown(SimpleNamespace(workeroutput=sent))
    assert sorted(file.name for file in results.iterdir()) == ["a-result.json", "b.txt", "c.txt"]
    assert list(tmp_path.glob("here/*.*")) == []
