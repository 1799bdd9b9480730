"""Credentials: from the references of an environment to its service keys."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError, MissingCredentialError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.credentials import (
    Credentials,
    KeyInFile,
    KeyInVariable,
    how_to_get_a_key,
    needs_emulator,
)
from pytest_iflow.tenants.model import Client, Environment
from pytest_iflow.tenants.service_key import Plan


def key(name: str, plan: Plan = Plan.INTEGRATION_FLOW) -> str:
    """Return a service key whose client id holds ``name``."""
    flow = plan is Plan.INTEGRATION_FLOW
    host = f"0f6e4c2atrial.it-cpitrial05{'-rt' if flow else ''}.cfapps.us10-001.hana.ondemand.com"
    fields = {
        "clientid": f"sb-{name}!b139588|{'it-rt-0f6e4c2atrial!b117912' if flow else 'it!b26655'}",
        "clientsecret": f"{name}-8c1a-2b4e6f8a0c1d$pQ7_xY-2mN4kL8vR1tZ5wB9cH3jF6gD0sA=",
        "url": f"https://{host}",
        "tokenurl": "https://0f6e4c2atrial.authentication.us10.hana.ondemand.com/oauth/token",
    }
    return json.dumps({"oauth": fields})


def environment(folder: Path, ca_bundle: str | None = None, **references: str) -> Environment:
    """Return the environment trial/dev with a client for each reference."""
    clients = {name: Client(name, reference) for name, reference in references.items()}
    return Environment("trial", "dev", folder, clients, ca_bundle=ca_bundle)


def client_of(credentials: Credentials, name: str = "default") -> str:
    """Return the name inside the client id of a client's key."""
    return credentials.service_key(name).client_id.split("!")[0].removeprefix("sb-")


def test_a_file_is_relative_to_the_tenant_file(tmp_path: Path) -> None:
    """The key beside the tenant file is found wherever pytest runs, and by its full path too."""
    (tmp_path / "dev.json").write_text(key("beside"), encoding="utf-8")
    for reference in ("file:dev.json", "file: dev.json", f"file:{tmp_path / 'dev.json'}"):
        credentials = Credentials(environment(tmp_path, default=reference), {})
        assert client_of(credentials) == "beside"
        assert str(tmp_path / "dev.json") in credentials.service_key("default").source


def test_a_variable_holds_the_json_or_a_path(tmp_path: Path) -> None:
    """A path in a variable of the tenant file starts from that file."""
    (tmp_path / "dev.json").write_text(key("in-file"), encoding="utf-8")
    dev = environment(tmp_path, default="env:MY_KEY")
    assert client_of(Credentials(dev, {"MY_KEY": key("in-variable")})) == "in-variable"
    assert client_of(Credentials(dev, {"MY_KEY": "dev.json"})) == "in-file"
    assert Credentials(dev, {"MY_KEY": "dev.json"}).service_key("default").source.endswith("MY_KEY")


def test_a_key_is_read_once(tmp_path: Path) -> None:
    """The same key is given again even when its file is gone."""
    path = tmp_path / "dev.json"
    path.write_text(key("once"), encoding="utf-8")
    credentials = Credentials(environment(tmp_path, default="file:dev.json"), {})
    first = credentials.service_key("default")
    path.unlink()
    assert credentials.service_key("default") is first


def test_a_malformed_key_is_refused_with_its_place(tmp_path: Path) -> None:
    """The error of the key names the file."""
    (tmp_path / "dev.json").write_text("{\n}", encoding="utf-8")
    credentials = Credentials(environment(tmp_path, default="file:dev.json"), {})
    with pytest.raises(ConfigurationError, match="lacks clientid, tokenurl, url, clientsecret") as caught:
        credentials.service_key("default")
    assert caught.value.where == f"file {tmp_path / 'dev.json'}"


@pytest.mark.parametrize("reference", ["file:none.json", "env:UNSET"])
def test_the_quick_variables_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    """Without a key of its own, default takes IFLOW_SERVICE_KEY and monitoring IFLOW_API_KEY."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "quick.json").write_text(key("quick"), encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    dev = environment(tmp_path, default=reference, monitoring=reference, second=reference)
    environ = {"IFLOW_SERVICE_KEY": "quick.json", "IFLOW_API_KEY": key("api", Plan.API), "UNSET": " "}
    credentials = Credentials(dev, environ)
    assert (client_of(credentials), client_of(credentials, "monitoring")) == ("quick", "api")
    assert [credentials.has(name) for name in dev.clients] == [True, True, False]


def test_a_key_of_its_own_goes_before_the_quick_variable(tmp_path: Path) -> None:
    """The tenant file is the more exact word."""
    dev = environment(tmp_path, default="env:MY_KEY")
    credentials = Credentials(dev, {"MY_KEY": key("own"), "IFLOW_SERVICE_KEY": key("quick")})
    assert client_of(credentials) == "own"


def test_the_quick_variable_is_for_the_tested_environment_alone(tmp_path: Path) -> None:
    """On another one it would be the key of the wrong tenant; what to do does not name it there."""
    dev = environment(tmp_path, default="file:none.json")
    credentials = Credentials(dev, {"IFLOW_SERVICE_KEY": key("tested")}, is_tested=False)
    with pytest.raises(MissingCredentialError) as caught:
        credentials.service_key("default")
    assert "IFLOW_SERVICE_KEY" not in str(caught.value)


def test_the_quick_variable_never_enters_a_tenant_with_emulator(tmp_path: Path) -> None:
    """A real key must not be sent to an emulator."""
    dev = environment(tmp_path, default="file:none.json", second="emulator:second.json")
    credentials = Credentials(dev, {"IFLOW_SERVICE_KEY": key("real")}, tmp_path)
    assert not credentials.has("default")
    with pytest.raises(MissingCredentialError) as caught:
        credentials.service_key("default")
    assert "IFLOW_SERVICE_KEY" not in str(caught.value)


def test_the_emulator_has_its_keys_in_its_folder(tmp_path: Path) -> None:
    """References to the emulator are files of the folder that it wrote."""
    (tmp_path / "api.json").write_text(key("emulated", Plan.API), encoding="utf-8")
    dev = environment(Path("elsewhere"), default="emulator:api.json", second="emulator:apl.json")
    credentials = Credentials(dev, {}, tmp_path)
    assert client_of(credentials) == "emulated"
    with pytest.raises(ConfigurationError, match=r'writes no file "apl\.json"') as caught:
        credentials.service_key("second")
    assert 'Did you mean "api.json"?' in str(caught.value)


def test_without_a_running_emulator_its_keys_are_refused() -> None:
    """They count as there, for the emulator brings them, but cannot be read before it runs."""
    credentials = Credentials(environment(Path(), default="emulator:api.json"), {})
    assert credentials.has("default")
    with pytest.raises(ConfigurationError, match="needs the emulator, which is not running") as caught:
        credentials.service_key("default")
    assert "--tenant=trial" in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "ca_bundle", "expected"),
    [
        ("emulator:a.json", None, True),
        ("env:K", "emulator:ca.pem", True),
        ("file:emulator:x", "ca.pem", False),
        ("env:K", None, False),
    ],
)
def test_the_need_of_an_emulator_is_told(reference: str, ca_bundle: str | None, *, expected: bool) -> None:
    """One reference to it is enough."""
    assert needs_emulator(environment(Path(), ca_bundle, default=reference)) is expected


def test_an_unknown_client_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """The error says which clients there are; asking whether there is one is no error."""
    credentials = Credentials(environment(tmp_path, default="env:A", monitoring="env:B"), {})
    assert not credentials.has("monitor")
    with pytest.raises(ConfigurationError, match='no client "monitorng"') as caught:
        credentials.service_key("monitorng")
    assert 'Did you mean "monitoring"? Known: default, monitoring.' in str(caught.value)
    assert "trial/dev" in str(caught.value)


def test_a_missing_file_is_explained_to_a_newcomer(tmp_path: Path) -> None:
    """Cockpit, plan, file to save and variable to set, in both shells."""
    credentials = Credentials(environment(tmp_path, default="file:dev.json"), {})
    with pytest.raises(MissingCredentialError) as caught:
        credentials.service_key("default")
    message = str(caught.value)
    assert f"{tmp_path / 'dev.json'} does not exist" in caught.value.what
    assert "environments.dev.clients.default" in message
    assert "plan integration-flow" in message
    assert f"Save that JSON as {tmp_path / 'dev.json'}" in message
    assert "export IFLOW_SERVICE_KEY=" in message
    assert "$env:IFLOW_SERVICE_KEY" in message


def test_a_missing_variable_is_explained_to_a_newcomer(tmp_path: Path) -> None:
    """The variable of the tenant file is the one to set; monitoring needs plan api."""
    credentials = Credentials(environment(tmp_path, monitoring="env:TRIAL_API"), {})
    with pytest.raises(MissingCredentialError) as caught:
        credentials.service_key("monitoring")
    assert "the environment variable TRIAL_API is not set" in caught.value.what
    assert "plan api" in str(caught.value)
    assert "export TRIAL_API=" in str(caught.value)


def test_a_client_without_a_quick_variable_is_told_its_file_only(tmp_path: Path) -> None:
    """Only default and monitoring have a variable that stands in."""
    credentials = Credentials(environment(tmp_path, second="file:second.json"), {})
    with pytest.raises(MissingCredentialError) as caught:
        credentials.service_key("second")
    assert "export" not in str(caught.value)


def test_the_client_of_plan_api_is_recognised_by_its_key(tmp_path: Path) -> None:
    """Whatever it is called; "monitoring" goes first, if its key is of that plan."""
    keys = {"FLOW": key("flow"), "ONE": key("one", Plan.API), "TWO": key("two", Plan.API)}
    by_name = environment(tmp_path, default="env:FLOW", reader="env:ONE", monitoring="env:TWO")
    assert Credentials(by_name, keys).api_client() == "monitoring"
    by_key = environment(tmp_path, default="env:FLOW", monitoring="env:FLOW", reader="env:ONE")
    assert Credentials(by_key, keys).api_client() == "reader"


def test_without_a_key_of_plan_api_there_is_no_such_client(tmp_path: Path) -> None:
    """One that has no key at all is passed over."""
    dev = environment(tmp_path, default="env:FLOW", monitoring="env:UNSET")
    assert Credentials(dev, {"FLOW": key("flow")}).api_client() is None


def test_a_broken_key_of_the_monitoring_client_is_not_passed_over(tmp_path: Path) -> None:
    """Whoever gave one wants to hear that it cannot be used."""
    dev = environment(tmp_path, monitoring="env:BROKEN", default="env:FLOW")
    with pytest.raises(ConfigurationError, match="not JSON"):
        Credentials(dev, {"BROKEN": "{nonsense}", "FLOW": key("flow")}).api_client()


def test_the_ca_bundle_is_found(tmp_path: Path) -> None:
    """None without one, a file beside the tenant file, or one of the emulator."""
    (tmp_path / "ca.pem").write_text("x", encoding="utf-8")
    assert Credentials(environment(tmp_path), {}).ca_bundle() is None
    assert Credentials(environment(tmp_path, "ca.pem"), {}).ca_bundle() == tmp_path / "ca.pem"
    emulated = Credentials(environment(Path("elsewhere"), "emulator:ca.pem"), {}, tmp_path)
    assert emulated.ca_bundle() == tmp_path / "ca.pem"


def test_a_missing_ca_bundle_is_refused(tmp_path: Path) -> None:
    """The error names environment and file."""
    with pytest.raises(ConfigurationError, match="ca-bundle does not exist") as caught:
        Credentials(environment(tmp_path, "none.pem"), {}).ca_bundle()
    assert caught.value.where == f"trial/dev, file {tmp_path / 'none.pem'}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file that holds a key."""
    path = tmp_path / "my key.json"
    path.write_text('\ufeff{"oauth": {}}', encoding="utf-8")
    return path


def test_a_key_is_read_from_its_file(file: Path) -> None:
    """The source names the file."""
    location = KeyInFile(file)
    assert (location.read(), location.source) == ('{"oauth": {}}', f"file {file}")


@pytest.mark.parametrize(
    "value", ['{"oauth": {}}', " \n{}", "[1]", "'{}'", '"x"', 'Getting key...\n{ "oauth": {}}']
)
def test_a_variable_may_hold_the_json(tmp_path: Path, value: str) -> None:
    """Whatever begins like JSON, or like JSON that a shell has quoted, is no path."""
    location = KeyInVariable("MY_KEY", value, tmp_path)
    assert (location.read(), location.source) == (value.strip(), "environment variable MY_KEY")


def test_a_variable_may_hold_a_path(file: Path) -> None:
    """Relative paths start from the folder, absolute ones stand for themselves."""
    for value in (file.name, f" {file.name}\n", str(file)):
        assert KeyInVariable("MY_KEY", value, file.parent).read() == '{"oauth": {}}'
    assert KeyInVariable("MY_KEY", str(file), Path("elsewhere")).read() == '{"oauth": {}}'


def test_backslashes_and_a_drive_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Windows path reaches the file system unchanged."""
    monkeypatch.chdir(tmp_path)
    # Elsewhere than on Windows this is the name of a file in the current folder.
    path = "keys\\x.json" if os.name == "nt" else "C:\\keys\\x.json"
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text("{}", encoding="utf-8")
    assert KeyInVariable("MY_KEY", path, tmp_path).read() == "{}"


def test_a_path_may_begin_at_home(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde in a .env file is meant as in a shell."""
    monkeypatch.setenv("HOME", str(file.parent))
    monkeypatch.setenv("USERPROFILE", str(file.parent))
    assert KeyInVariable("MY_KEY", f"~/{file.name}", Path("elsewhere")).read() == '{"oauth": {}}'


def test_a_path_that_leads_nowhere_is_shown(tmp_path: Path) -> None:
    """The error names variable and file."""
    with pytest.raises(ConfigurationError, match="MY_KEY holds neither") as caught:
        KeyInVariable("MY_KEY", "none.json", tmp_path).read()
    assert caught.value.where == f"environment variable MY_KEY, file {tmp_path / 'none.json'}"


@pytest.mark.parametrize("value", ["5d2c7a10-9e3b$pQ7xY2mN4kL8vR1t=", "x" * 5000, "~nobody/secret"])
def test_what_may_be_a_secret_is_not_shown(tmp_path: Path, value: str) -> None:
    """A secret put into the variable by mistake stays hidden."""
    with pytest.raises(ConfigurationError, match="MY_KEY holds neither") as caught:
        KeyInVariable("MY_KEY", value, tmp_path).read()
    assert value not in str(caught.value)
    assert value not in repr(KeyInVariable("MY_KEY", value, tmp_path))


@pytest.mark.parametrize("plan", list(Plan))
def test_the_way_through_the_cockpit_is_told(plan: Plan) -> None:
    """Menu, service, plan and button are named."""
    text = how_to_get_a_key(plan, None, "MY_KEY")
    words = ("Instances and Subscriptions", "SAP Process Integration Runtime", "Create service key")
    assert all(word in text for word in words)
    assert f"plan {plan.value}" in text
    assert "--tenant=local" in text


def test_a_variable_is_set_in_both_shells() -> None:
    """POSIX and PowerShell lines are ready to copy."""
    text = how_to_get_a_key(Plan.API, None, "MY_KEY")
    assert "export MY_KEY=" in text
    assert "$env:MY_KEY = " in text
    assert "2. Save that JSON in a file that git ignores" in text


def test_a_file_is_named_with_its_path() -> None:
    """Without a variable the file is the one way."""
    text = how_to_get_a_key(Plan.API, Path("tenants", "dev.json"), None)
    assert f"2. Save that JSON as {Path('tenants', 'dev.json')}" in text
    assert "export" not in text


def test_file_and_variable_are_offered_as_a_choice() -> None:
    """The quick way stands beside the lasting one."""
    text = how_to_get_a_key(Plan.API, Path("dev.json"), "MY_KEY")
    assert text.index("as dev.json") < text.index("or save it elsewhere") < text.index("export MY_KEY=")


def test_passwords_for_scripts_are_masked_where_scripts_run(tmp_path: Path) -> None:
    """As they stand in the services file, and out of the variables that it names; a plain word is none."""
    folder = tmp_path / "local-flows" / "services"
    folder.mkdir(parents=True)
    lines = ('[credentials."Shop"]', 'user = "cpi"', 'password = "env:SHOP"', '[credentials."Erp"]')
    text = "\n".join((*lines, 'password = "Erp-4471-xQ"', '[credentials."Test"]', 'password = "initial"'))
    (folder / "services.toml").write_text(text, encoding="utf-8")
    said = "Shop-8812-pW Erp-4471-xQ initial"
    Credentials(environment(tmp_path, default="file:dev.json"), {"SHOP": "Shop-8812-pW"})
    assert mask(said) == said
    local = environment(tmp_path, default="emulator:integration-flow.json")
    Credentials(local, {"SHOP": "Shop-8812-pW"})
    assert mask(said) == "*** *** initial"
    (folder / "services.toml").write_text("[broken", encoding="utf-8")
    Credentials(local, {})
