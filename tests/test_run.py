"""One run: its parts are made when they are asked for, once, and end with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError, MissingCredentialError
from pytest_iflow.local_tenant import LocalTenant
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.catalogue import LOCAL, Catalogue
from pytest_iflow.tenants.model import Client
from pytest_iflow.transport.exchange import Exchange
from tests.loopback_server import Reply, Serve
from tests.loopback_tenant import LoopbackTenant, TokenService
from tests.side_by_side import side_by_side


def local(tmp_path: Path, emulator_keys: str | None = None) -> Run:
    """Return a run against the built-in tenant."""
    return Run(Catalogue(None, {}).environment(LOCAL), {}, tmp_path, emulator_keys)


def test_a_run_of_a_tenant_without_emulator_starts_none(loopback_tenant: LoopbackTenant) -> None:
    """Nothing is started, and there is no folder of keys."""
    loopback_tenant.client(host="https://tenant.invalid")
    run = loopback_tenant.run()
    run.start_local_tenant()
    assert run._local_tenant is None
    assert run.emulator_keys is None


def test_a_run_of_the_local_tenant_starts_one_emulator(tmp_path: Path) -> None:
    """Started early or on demand, it is one; it ends with the run."""
    run = local(tmp_path)
    run.start_local_tenant()
    first = run._local_tenant
    run.start_local_tenant()
    assert run._local_tenant is first
    assert isinstance(first, LocalTenant)
    assert run.emulator_keys == str(first.keys())
    assert run.tokens.token("default").grants("ESBMessaging.send")
    run.close()
    assert not Path(run.emulator_keys).exists()
    run.close()


def test_an_emulator_is_started_on_demand(tmp_path: Path) -> None:
    """Whoever asks for a key first need not know of the emulator."""
    run = local(tmp_path)
    assert run.credentials.service_key("default").url.startswith("https://127.0.0.1:")
    run.close()


def test_a_worker_shares_the_emulator_and_leaves_it_running(
    local_tenant: LocalTenant, tmp_path: Path
) -> None:
    """The controller started it, and the controller ends it."""
    keys = str(local_tenant.keys())
    worker = local(tmp_path, keys)
    worker.start_local_tenant()
    assert worker._local_tenant is None
    assert worker.emulator_keys == keys
    assert worker.tokens.token("default").value
    worker.close()
    assert (Path(keys) / "ca.pem").is_file()


def test_parts_are_made_once(local_run: Run) -> None:
    """Credentials, connections, tokens and schemas are the same whenever they are asked for."""
    for part in ("credentials", "connections", "tokens", "schemas", "emulator_keys", "clock", "monitor"):
        assert getattr(local_run, part) is getattr(local_run, part)


def test_closing_an_unused_run_makes_nothing(loopback_tenant: LoopbackTenant) -> None:
    """A run that ended before its first scenario has no connection to close."""
    run = loopback_tenant.run()
    run.close()
    assert "connections" not in vars(run)
    assert "credentials" not in vars(run)


def test_a_tenant_without_a_key_of_plan_api_has_no_monitor(loopback_tenant: LoopbackTenant) -> None:
    """Everything else works all the same."""
    loopback_tenant.client(host="https://tenant.invalid")
    loopback_tenant.clients["monitoring"] = Client("monitoring", "env:UNSET")
    assert loopback_tenant.run().monitor is None


def test_every_exchange_is_shown_to_every_observer(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Token requests too, in order; also to one who came later."""
    server = serve(TokenService())
    loopback_tenant.client(host=server.url)
    run = loopback_tenant.run()
    first: list[Exchange] = []
    second: list[Exchange] = []
    run.observers.append(first.append)
    run.tokens.token("default")
    run.observers.append(second.append)
    run.connections.runtime("default").send("GET", f"{server.url}/http/x", headers={})
    assert [exchange.request.method for exchange in first] == ["POST", "GET"]
    assert second == first[1:]


def test_schemas_of_the_project_come_first(loopback_tenant: LoopbackTenant, tmp_path: Path) -> None:
    """The folder schemas of the project is looked into, beside the plugin's own."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "own.schema.json").write_text("{}", encoding="utf-8")
    store = loopback_tenant.run().schemas
    assert store.find("own.schema.json") == tmp_path / "schemas" / "own.schema.json"


def test_the_default_client_is_checked(loopback_tenant: LoopbackTenant) -> None:
    """It needs a key that can be used; others may lack theirs."""
    loopback_tenant.client(host="https://tenant.invalid")
    loopback_tenant.clients["other"] = Client("other", "env:UNSET")
    loopback_tenant.run().check_default_client()
    loopback_tenant.clients["default"] = Client("default", "env:UNSET")
    with pytest.raises(MissingCredentialError, match='Client "default"'):
        loopback_tenant.run().check_default_client()
    loopback_tenant.clients["default"] = Client("default", "file:ca.pem")
    with pytest.raises(ConfigurationError, match="not JSON"):
        loopback_tenant.run().check_default_client()


def test_secrets_of_every_client_are_known_before_one_is_used(loopback_tenant: LoopbackTenant) -> None:
    """A scenario may show one that no call needs; a key that cannot be used is no matter here."""
    loopback_tenant.client(host="https://tenant.invalid")
    loopback_tenant.clients["broken"] = Client("broken", "file:ca.pem")
    loopback_tenant.client("rare", host="https://tenant.invalid", clientsecret="s3cret-of-a-rare-client")
    loopback_tenant.run().check_default_client()
    assert mask("s3cret-of-a-rare-client") == "***"


def test_without_a_default_client_the_first_one_is_checked(loopback_tenant: LoopbackTenant) -> None:
    """A tenant may name its clients as it likes."""
    loopback_tenant.clients["first"] = Client("first", "env:UNSET")
    loopback_tenant.client("second", host="https://tenant.invalid")
    with pytest.raises(MissingCredentialError, match='Client "first"'):
        loopback_tenant.run().check_default_client()


def test_hosts_are_those_of_the_first_good_key(loopback_tenant: LoopbackTenant) -> None:
    """A client without a key, or with a broken one, is no reason to have no report."""
    loopback_tenant.clients["keyless"] = Client("keyless", "env:UNSET")
    loopback_tenant.clients["broken"] = Client("broken", "file:ca.pem")
    loopback_tenant.client(
        "good",
        host="https://tenant.it-cpi018-rt.invalid",
        tokenurl="https://tenant.authentication.invalid:8443/oauth/token",
    )
    run = loopback_tenant.run()
    assert run.hosts() == {}
    assert run.credentials.has("good")
    assert run.hosts() == {
        "token": "tenant.authentication.invalid:8443",
        "runtime": "tenant.it-cpi018-rt.invalid",
    }


def test_hosts_without_any_key(loopback_tenant: LoopbackTenant) -> None:
    """There are none, and that is no error."""
    loopback_tenant.clients["keyless"] = Client("keyless", "env:UNSET")
    run = loopback_tenant.run()
    assert not run.credentials.has("keyless")
    assert run.hosts() == {}


def test_a_run_that_was_used_leaves_no_connection(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The hosts see that it has ended."""
    server = serve(lambda _: Reply())
    loopback_tenant.client(host=server.url)
    run = loopback_tenant.run()
    run.connections.runtime("default").send("GET", server.url, headers={})
    run.close()
    assert server.all_closed()


def test_the_timeouts_of_the_environment_are_used(local_run: Run) -> None:
    """They come from the tenant file, here with its defaults."""
    timeouts = local_run.environment.timeouts
    assert (timeouts.connect, timeouts.read) == (10.0, 60.0)
    assert replace(timeouts, read=5).connect == 10.0


def test_threads_that_need_a_part_at_once_get_the_same_one(loopback_tenant: LoopbackTenant) -> None:
    """Each part is made by one of them."""
    loopback_tenant.client(host="https://tenant.invalid")
    for name in ("credentials", "connections", "tokens", "clock", "pacing", "discovery", "schemas"):
        run = loopback_tenant.run()
        assert len({id(part) for part in side_by_side(lambda _: getattr(run, name), range(32))}) == 1  # noqa: B023, all have ended
