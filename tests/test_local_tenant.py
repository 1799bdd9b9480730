"""The local tenant as a process: started, awaited, stopped, and explained when it does not start."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from msgspec.structs import replace

from pytest_iflow import local_tenant as module
from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.local_tenant import LocalTenant
from pytest_iflow.tenants.model import BundleSource, Client, EmulatorSettings, Environment
from pytest_iflow.tenants.service_key import parse_service_key
from tests import engine_flows as made
from tests.exported_bundles import zipped

TEMPLATED = 'artifact = "Greeting"\naddress = "/greeting"\ntemplate = "greeting.txt.j2"\n'


def environment(folder: Path, **settings: Any) -> Environment:
    """Return an environment of the emulator, of a tenant file in ``folder``."""
    client = Client("default", "emulator:integration-flow.json")
    return Environment(
        *("mine", "dev", folder),
        clients={"default": client},
        emulator=EmulatorSettings(**settings) if settings else None,
        source=str(folder / "mine.toml"),
    )


def refusal(told: Environment, root: Path | None = None) -> ConfigurationError:
    """Return the error of a local tenant that does not start like this."""
    tenant = LocalTenant(told, root)
    with pytest.raises(ConfigurationError) as caught:
        tenant.keys()
    tenant.stop()
    assert "Traceback" not in str(caught.value)
    return caught.value


def flow(folder: Path, declaration: str) -> Path:
    """Write a flow beside the tenant file; return the folder of flows."""
    flows = folder / "local-flows"
    flows.mkdir()
    (flows / "greeting.toml").write_text(declaration, encoding="utf-8")
    (flows / "greeting.txt.j2").write_text("Hello", encoding="utf-8")
    return flows


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A local tenant of this test alone."""
    tenant = LocalTenant()
    yield tenant
    tenant.stop()


@pytest.fixture
def sabotage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that every Python runs first that is started from now on."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "sitecustomize.py"


def test_two_of_them_are_strangers_and_leave_nothing(tenant: LocalTenant) -> None:
    """Each has its own folder with keys of the real shape for loopback hosts, its own ports and secrets.

    When it is stopped the folder is gone and the process has ended by itself. To stop it again does nothing.
    """
    other = LocalTenant()
    texts = []
    for each in (tenant, other):
        folder = each.keys()
        assert each.keys() == folder
        texts.append((folder / "integration-flow.json").read_text("utf-8"))
        assert parse_service_key(texts[-1], "file").token_url.startswith("https://127.0.0.1:")
        assert "BEGIN CERTIFICATE" in (folder / "ca.pem").read_text("utf-8")
        each.stop()
        assert not folder.exists()
        assert each._process.returncode == 0
        each.stop()
    assert texts[0] != texts[1]


def test_modules_of_the_project_do_not_come_before_those_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suite may have a file of that name in the folder where it is run."""
    for name in ("token", "http", "email", "jwt", "ssl", "uvicorn"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('of the project')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    tenant = LocalTenant()
    try:
        assert (tenant.keys() / "ca.pem").is_file()
    finally:
        tenant.stop()


def test_it_behaves_as_the_tenant_file_says(tmp_path: Path) -> None:
    """Faults and seed are those of the environment, the challenge is of 2020, the flows stand beside it."""
    flow(tmp_path, TEMPLATED)
    faults = {"log_delay": 0.25, "runtime.status_503": 0}
    tenant = LocalTenant(environment(tmp_path, profile="2020", seed=-7, faults=faults))
    keys = tenant.keys()
    api, runtime = (
        json.loads((keys / f"{name}.json").read_text(encoding="utf-8"))["oauth"]
        for name in ("api", "integration-flow")
    )
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(keys / "ca.pem")
        said = session.get(f"{api['url']}/emulator/faults", timeout=30).json()
        refused = session.post(f"{runtime['url']}/http/echo", timeout=30)
        session.auth = (runtime["clientid"], runtime["clientsecret"])
        answer = session.post(f"{runtime['url']}/http/greeting", timeout=30)
    tenant.stop()
    assert said == {"faults": faults, "seed": -7}
    assert refused.headers["www-authenticate"].startswith('Bearer error="unauthorized"')
    assert (answer.status_code, answer.text) == (200, "Hello")


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"faults": {"latncy": 0.2}}, 'There is no fault "latncy". Faults are'),
        ({"faults": {"latency": float("nan")}}, "seconds) from 0 to 600"),
        ({"faults": {"latency": 10**400}}, "seconds) from 0 to 600"),
        ({"profile": "1999"}, 'There is no profile "1999".'),
    ],
)
def test_settings_that_it_refuses_are_explained(tmp_path: Path, settings: Any, what: str) -> None:
    """In its own words, with the table of the tenant file; flows that are good are not blamed."""
    flow(tmp_path, TEMPLATED)
    error = refusal(environment(tmp_path, **settings))
    assert error.what.startswith("the local tenant did not start: ")
    assert what in error.what
    assert error.where == f"{tmp_path / 'mine.toml'}, environments.dev.emulator"
    assert error.remedy == "correct it there; see example.toml"


@pytest.mark.parametrize("settings", [{}, {"seed": 7}])
def test_flows_that_it_refuses_are_explained(tmp_path: Path, settings: Any) -> None:
    """File and key stand in the error, and the tenant file is not blamed."""
    flows = flow(tmp_path, TEMPLATED.replace("/greeting", "greeting"))
    error = refusal(environment(tmp_path, **settings))
    assert f'{flows / "greeting.toml"}: address: "greeting" is not like' in error.what
    assert error.where == str(flows)


def orders(answer: str = "{{Answer}}", address: str = "/bundled") -> dict[str, bytes]:
    """Return the files of a flow with a parameter that has no value."""
    parts = made.row([made.start(), made.modifier("cm", answer), made.end()])
    files = made.bundle_files(parts, own="Bundled", address=address, parameters={"Other": "x"})
    definitions = "src/main/resources/parameters.propdef"
    return files | {definitions: b"<parameters><parameter><name>Answer</name></parameter></parameters>"}


def with_bundle(folder: Path, path: Path, **parameters: str) -> Environment:
    """Return an environment that names a bundle."""
    return replace(environment(folder), bundles={"orders": BundleSource(path, parameters)})


def test_bundles_of_the_tenant_file_run_with_their_values(tmp_path: Path) -> None:
    """Beside those of the folder, of which one is unpacked."""
    (tmp_path / "iflows").mkdir()
    (tmp_path / "iflows" / "orders.zip").write_bytes(zipped(orders()))
    parts = made.row([made.start(), made.modifier("cm", "unpacked"), made.end()])
    for name, content in made.bundle_files(parts, own="Unpacked", address="/unpacked").items():
        file = tmp_path / "tenants" / "local-flows" / "Unpacked" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    path = tmp_path / "tenants" / ".." / "iflows" / "orders.zip"
    tenant = LocalTenant(with_bundle(tmp_path / "tenants", path, Answer="hello"), tmp_path)
    keys = tenant.keys()
    key = json.loads((keys / "integration-flow.json").read_text(encoding="utf-8"))["oauth"]
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(keys / "ca.pem")
        session.auth = (key["clientid"], key["clientsecret"])
        addresses = ("bundled", "unpacked")
        said = [session.post(f"{key['url']}/http/{name}", timeout=30).text for name in addresses]
    tenant.stop()
    assert said == ["hello", "unpacked"]


def test_bundles_that_cannot_run_are_explained(tmp_path: Path) -> None:
    """With the key of the tenant file, and all that is wrong at once."""
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "orders.zip").write_bytes(zipped(orders()))
    (suite / "taken.zip").write_bytes(zipped(orders("x", "/echo")))
    (tmp_path / "outside.zip").write_bytes(zipped(orders()))
    for path, parameters, expected in (
        ("none.zip", {}, ["bundles.orders.path: ", "there is no such file or folder"]),
        ("../outside.zip", {}, ["bundles.orders.path: ", "lies outside of the suite"]),
        (
            "orders.zip",
            {"Answr": "x"},
            ["parameters.Answr: no flow has", 'Did you mean "Answer"?', '"Answer" of Bundled has no value'],
        ),
        ("taken.zip", {}, ["bundles.orders: Bundled at /http/echo cannot stand beside Echo of the flow"]),
    ):
        error = refusal(with_bundle(suite, suite / path, **parameters), suite)
        assert all(text in error.what for text in ("environments.dev.", *expected)), error.what
        assert error.where == str(suite / "mine.toml")


def test_what_the_project_did_not_say_is_not_its_fault(tmp_path: Path, sabotage: Path) -> None:
    """An emulator that ends with the same exit code for another reason is reported as such."""
    sabotage.write_text("import os\nos.write(2, b'no room')\nos._exit(2)\n", encoding="utf-8")
    tenant = LocalTenant(environment(tmp_path))
    with pytest.raises(IflowError, match="did not start: no room") as caught:
        tenant.keys()
    assert caught.value.where == f"{sys.executable} -m pytest_iflow.emulator"
    tenant.stop()


def test_it_can_be_stopped_before_it_is_ready(tenant: LocalTenant) -> None:
    """A run that ends at once does not wait for the keys."""
    tenant.stop()
    assert tenant._process.returncode is not None


def test_a_failed_start_is_explained_every_time(sabotage: Path) -> None:
    """The error holds what the process said, also when it is asked for again."""
    sabotage.write_text("import os\nos.write(2, b'no room for a tenant')\nos._exit(3)\n", encoding="utf-8")
    tenant = LocalTenant()
    for _ in range(2):
        with pytest.raises(IflowError, match="did not start: no room for a tenant") as caught:
            tenant.keys()
        assert caught.value.where == f"{sys.executable} -m pytest_iflow.emulator"
        assert "pytest-iflow serve" in str(caught.value.remedy)
    tenant.stop()


def test_a_silent_end_is_explained(sabotage: Path) -> None:
    """Even a process that says nothing is reported as one."""
    sabotage.write_text("import os\nos._exit(0)\n", encoding="utf-8")
    tenant = LocalTenant()
    with pytest.raises(IflowError, match="it said nothing"):
        tenant.keys()
    tenant.stop()


def test_something_else_on_its_output_is_explained(sabotage: Path) -> None:
    """What is not the line of the emulator is shown, and the process is ended."""
    sabotage.write_text("print('Welcome to this machine', flush=True)\n", encoding="utf-8")
    tenant = LocalTenant()
    with pytest.raises(IflowError, match="did not start: Welcome to this machine"):
        tenant.keys()
    assert tenant._process.returncode is not None
    tenant.stop()


def test_much_said_does_not_bring_it_to_a_halt(tmp_path: Path, sabotage: Path) -> None:
    """More than a pipe holds, as with PYTHONVERBOSE, and it starts all the same; so it does without flows.

    A file of the name of their folder is left alone.
    """
    sabotage.write_text(
        "import sys\nsys.stderr.write('chatter ' * 100_000)\nsys.stderr.flush()\n", encoding="utf-8"
    )
    (tmp_path / "local-flows").write_text("", encoding="utf-8")
    tenant = LocalTenant(environment(tmp_path))
    assert (tenant.keys() / "ca.pem").is_file()
    tenant.stop()


def test_one_that_only_closes_its_output_is_ended(sabotage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given the time to end by itself, and no more."""
    monkeypatch.setattr(module, "STOP_WITHIN", 0.2)
    sabotage.write_text("import os, time\nos.close(1)\ntime.sleep(600)\n", encoding="utf-8")
    tenant = LocalTenant()
    with pytest.raises(IflowError, match="it said nothing"):
        tenant.keys()
    tenant.stop()


def test_one_that_does_not_end_is_ended(sabotage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ignores the end of its input does not hold up the run."""
    monkeypatch.setattr(module, "STOP_WITHIN", 0.2)
    sabotage.write_text("import time\nprint('{}', flush=True)\ntime.sleep(600)\n", encoding="utf-8")
    tenant = LocalTenant()
    folder = tenant.keys()
    tenant.stop()
    assert tenant._process.returncode != 0
    assert not folder.exists()


def test_it_ends_with_the_process_that_started_it() -> None:
    """When a run is killed its emulator ends, and takes the keys along."""
    script = """
        import os
        from pytest_iflow.local_tenant import LocalTenant

        print(LocalTenant().keys(), flush=True)
        os._exit(9)
    """
    killed = subprocess.run(  # noqa: S603, this very interpreter
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
    )
    assert killed.returncode == 9
    key = Path(killed.stdout.strip(), "integration-flow.json")
    until = time.monotonic() + 30
    while key.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not key.exists()
    shutil.rmtree(key.parent, ignore_errors=True)
