"""The catalogue: which tenants there are, and which environment runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.catalogue import (
    Catalogue,
    Variables,
    another_environment,
    choose_environment,
    default_environment,
    feature_variables,
    load_environ,
    unset_variables,
)

CLIENT = 'clients = { default = { service-key = "env:K" } }\n'
ONE = f"[environments.dev]\n{CLIENT}"
TWO = f"{ONE}[environments.test]\n{CLIENT}"
QUICK = {"IFLOW_SERVICE_KEY": "key.json"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the tenants trial (default test), one, and two, and what is no tenant."""
    files = {
        "trial.toml": f'default-environment = "test"\n{TWO}',
        "one.toml": ONE,
        "two.toml": TWO,
        "example.toml": ONE,
        "quick-start.toml": ONE,
        ".hidden.toml": ONE,
        "notes.txt": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "folder.toml").mkdir()
    return tmp_path


def refused(catalogue: Catalogue, tenant: str, environment: str | None = None) -> str:
    """Return the error that a choice gets; it must tell what to do."""
    with pytest.raises(ConfigurationError) as caught:
        catalogue.environment(tenant, environment)
    assert caught.value.remedy
    return str(caught.value)


def test_names_are_the_files_and_local(folder: Path) -> None:
    """Templates, hidden files and folders are no tenants."""
    assert Catalogue(folder, {}).names() == ("local", "one", "trial", "two")


def test_without_a_folder_there_is_local(tmp_path: Path) -> None:
    """The emulator needs no file."""
    for missing in (None, tmp_path / "none"):
        assert Catalogue(missing, {}).names() == ("local",)
        local = Catalogue(missing, {}).tenant("local")
        assert (local.name, local.path) == ("local", None)
        assert local.environments["dev"].clients["default"].service_key.startswith("emulator:")


def test_a_file_overrides_the_built_in_local(folder: Path) -> None:
    """A project may have a local tenant of its own."""
    (folder / "local.toml").write_text(ONE, encoding="utf-8")
    catalogue = Catalogue(folder, {})
    assert catalogue.names().count("local") == 1
    assert catalogue.tenant("local").path == folder / "local.toml"


def test_the_built_in_local_starts_from_the_folder_of_the_project(folder: Path) -> None:
    """Flows of the project lie there; without a folder nothing does."""
    local = Catalogue(folder, {}).environment("local")
    assert (local.folder, local.source) == (folder, "built-in local.toml")
    assert Catalogue(None, {}).environment("local").folder == Path.cwd()


def test_the_quick_start_works_under_any_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service key in a variable is enough; its path starts from the current directory."""
    monkeypatch.chdir(folder)
    environment = Catalogue(None, QUICK).environment("mine")
    assert (str(environment), environment.folder) == ("mine/dev", Path.cwd())
    assert environment.clients["default"].service_key == "env:IFLOW_SERVICE_KEY"
    assert environment.clients["monitoring"].service_key == "env:IFLOW_API_KEY"
    assert environment.iflows["product-details"].address == "/products/details"


def test_a_file_goes_before_the_quick_start(folder: Path) -> None:
    """The variable does not hide a tenant file."""
    assert Catalogue(folder, QUICK).tenant("one").path == folder / "one.toml"


@pytest.mark.parametrize("environ", [{}, {"IFLOW_SERVICE_KEY": "  "}])
def test_an_unknown_tenant_is_refused_with_the_way_out(folder: Path, environ: dict[str, str]) -> None:
    """The nearest name, all names, and how to make a new one."""
    message = refused(Catalogue(folder, environ), "trail")
    assert 'There is no tenant "trail"' in message
    assert 'Did you mean "trial"? Known: local, one, trial, two.' in message
    assert f"copy {folder / 'example.toml'} to {folder / 'trail.toml'}" in message
    assert "IFLOW_SERVICE_KEY" in message


def test_a_start_below_the_projects_folder_is_told_where_to_start(folder: Path) -> None:
    """Without an ini file pytest takes the folder that it is started in for the project's."""
    below = folder.parent / "features" / "orders"
    message = refused(Catalogue(below / folder.name, {}), "trial")
    assert f"Start pytest in {folder.parent}, or put an empty pytest.ini there" in message
    assert "Start pytest in" not in refused(Catalogue(folder, {}), "trail")


@pytest.mark.parametrize("name", ["example", "quick-start", "Trial"])
def test_templates_and_other_cases_are_unknown(folder: Path, name: str) -> None:
    """Names are exact on every system."""
    assert f'There is no tenant "{name}"' in refused(Catalogue(folder, {}), name)


def test_without_a_folder_the_usual_one_is_named() -> None:
    """The remedy says where a tenant file goes."""
    assert str(Path("tenants", "mine.toml")) in refused(Catalogue(None, {}), "mine")


@pytest.mark.parametrize("name", ["tenants/trial.toml", "..", "a b"])
def test_a_path_is_no_tenant_name(folder: Path, name: str) -> None:
    """The error asks for the name alone."""
    assert "Give the name alone" in refused(Catalogue(folder, QUICK), name)


@pytest.mark.parametrize(
    ("tenant", "named", "chosen"),
    [
        ("trial", None, "test"),
        ("trial", "dev", "dev"),
        ("one", None, "dev"),
        ("two", "test", "test"),
    ],
)
def test_the_environment_is_chosen(folder: Path, tenant: str, named: str | None, chosen: str) -> None:
    """The named one, else the default one, else the only one."""
    assert Catalogue(folder, {}).environment(tenant, named).name == chosen


def test_several_environments_without_a_default_are_refused(folder: Path) -> None:
    """The error lists them."""
    message = refused(Catalogue(folder, {}), "two")
    assert "several environments" in message
    assert "dev, test" in message
    assert str(folder / "two.toml") in message
    assert default_environment(Catalogue(folder, {}).tenant("two")) is None


def test_an_unknown_environment_is_refused_with_the_nearest(folder: Path) -> None:
    """Tenant, nearest environment and all of them."""
    message = refused(Catalogue(folder, {}), "trial", "tets")
    assert 'Tenant "trial" has no environment "tets"' in message
    assert 'Did you mean "test"? Known: dev, test.' in message


def test_a_built_in_tenant_is_named_in_errors() -> None:
    """There is no file to show."""
    assert "built-in tenant local" in refused(Catalogue(None, {}), "local", "prod")


def test_without_a_template_beside_it_the_shipped_one_is_named(tmp_path: Path) -> None:
    """The file that the remedy says to copy is there."""
    message = refused(Catalogue(tmp_path / "tenants", {}), "trail")
    template = message.partition("copy ")[2].partition(" to ")[0]
    assert Path(template).is_file()


def write(folder: Path, **files: str) -> None:
    """Write the layers of the tenant trial: base, tenant and stage (environment dev)."""
    names = {"base": ".env", "tenant": ".env.trial", "stage": ".env.trial.dev"}
    for layer, text in files.items():
        (folder / names[layer]).write_text(text, encoding="utf-8", newline="")


def test_later_files_and_the_process_win(tmp_path: Path) -> None:
    """Each layer is over the one before, and the process over all."""
    write(tmp_path, base="A=1\nB=1\nC=1\nD=1\n", tenant="B=2\nC=2\nD=2\n", stage="C=3\nD=3\n")
    environ = load_environ(tmp_path, "trial", "dev", {"D": "4", "E": "4"})
    assert environ == {"A": "1", "B": "2", "C": "3", "D": "4", "E": "4"}


def test_without_an_environment_its_file_waits(tmp_path: Path) -> None:
    """The first step reads what is known before the tenant file is."""
    write(tmp_path, base="IFLOW_ENVIRONMENT=dev\n", stage="A=1\n")
    assert load_environ(tmp_path, "trial", None, {}) == {"IFLOW_ENVIRONMENT": "dev"}
    assert load_environ(tmp_path, "trial", "dev", {})["A"] == "1"


def test_without_files_there_is_the_process(tmp_path: Path) -> None:
    """No file is needed, and the given mapping is not changed."""
    process = {"A": "1"}
    environ = load_environ(tmp_path, "trial", "dev", process)
    assert environ == process
    assert environ is not process


@pytest.mark.parametrize("quote", ["", "'", '"'], ids=["bare", "single", "double"])
def test_a_dollar_is_a_dollar(tmp_path: Path, quote: str) -> None:
    """Secrets hold $ and look like references to other variables."""
    write(tmp_path, base=f"A=1\nSECRET={quote}5d2c$A${{A}}pQ7={quote}\n")
    assert load_environ(tmp_path, "trial", None, {"HOME": "x"})["SECRET"] == "5d2c$A${A}pQ7="


def test_a_service_key_fits_in_single_quotes(tmp_path: Path) -> None:
    """The JSON of the cockpit is kept over several lines."""
    key = json.dumps({"oauth": {"clientsecret": "a$b#c=", "key": "-----BEGIN\nX"}}, indent=2)
    write(tmp_path, base=f"IFLOW_SERVICE_KEY='{key}'\n")
    assert load_environ(tmp_path, "trial", None, {})["IFLOW_SERVICE_KEY"] == key


@pytest.mark.parametrize("value", ["C:\\new\\trial.json", "'C:\\new\\trial.json'"])
def test_a_windows_path_stays_as_it_is(tmp_path: Path, value: str) -> None:
    """Backslashes are no escapes, bare or between single quotes."""
    write(tmp_path, base=f"KEY={value}\n")
    assert load_environ(tmp_path, "trial", None, {})["KEY"] == "C:\\new\\trial.json"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_windows_editors_are_read(tmp_path: Path, encoding: str) -> None:
    """Byte order mark and CRLF belong to no name and no value."""
    (tmp_path / ".env").write_bytes("# Größe\r\nA=1\r\nEMPTY\r\n".encode(encoding))
    assert load_environ(tmp_path, "trial", None, {}) == {"A": "1"}


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / ".env").write_bytes("A=ü".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="not UTF-8") as caught:
        load_environ(tmp_path, "trial", None, {})
    assert str(tmp_path / ".env") in str(caught.value)


def test_what_a_file_names_as_a_secret_is_masked(tmp_path: Path) -> None:
    """By the end of its name, unless the value is a word or an address; the process keeps its own."""
    write(
        tmp_path,
        base="PARTNER_PASSWORD='a 1b2c3-of-env$'\nNOTE=note-0815-4711\nTOKEN_URL=https://a1b2.example/c3d4\n",
        tenant="OTHER_API_KEY=word\nDB_SECRET2=zz-9f8e-of-env\nSOME_TOKEN=ordinary\n",
    )
    environ = load_environ(tmp_path, "trial", None, {"OUTER_TOKEN": "outer-0815-4711"})
    assert mask(" ".join(environ.values())) == (
        "*** note-0815-4711 https://a1b2.example/c3d4 word *** ordinary outer-0815-4711"
    )


TENANT = "".join(
    f'[environments.{name}.clients.default]\nservice-key = "env:KEY"\n' for name in ("dev", "test")
)


@pytest.mark.parametrize(
    ("tenant", "environment", "process", "chosen"),
    [
        (None, None, {}, "local/dev"),
        (None, "test", {"IFLOW_TENANT": "acme"}, "acme/test"),
        ("acme", None, {"IFLOW_TENANT": "other"}, "acme/dev"),
        ("acme", None, {"IFLOW_ENVIRONMENT": "test"}, "acme/test"),
    ],
)
def test_a_name_that_is_given_wins_over_variables_and_those_over_files(
    tmp_path: Path, tenant: str | None, environment: str | None, process: Mapping[str, str], chosen: str
) -> None:
    """And the tenant's own file of variables is read."""
    tenants = tmp_path / "tenants"
    tenants.mkdir()
    (tenants / "acme.toml").write_text(TENANT, encoding="utf-8")
    (tmp_path / ".env.acme").write_text("IFLOW_ENVIRONMENT=dev\nOF_ACME=1\n", encoding="utf-8")
    found, environ = choose_environment(tmp_path, tenants, tenant, environment, process)
    assert str(found) == chosen
    assert ("OF_ACME" in environ) == chosen.startswith("acme")


def test_another_environment_is_that_of_its_file(folder: Path, tmp_path: Path) -> None:
    """What variables say of the tested tenant is not about another one; layers of its own are."""
    (tmp_path / ".env.two.dev").write_text("K=of two\n", encoding="utf-8")
    process = {**QUICK, "IFLOW_TENANT": "one", "IFLOW_ENVIRONMENT": "test"}
    found, environ = another_environment(tmp_path, folder, "two", "dev", process)
    assert (str(found), environ["K"]) == ("two/dev", "of two")
    assert str(another_environment(tmp_path, folder, "one", None, process)[0]) == "one/dev"
    with pytest.raises(ConfigurationError) as caught:
        another_environment(tmp_path, folder, "prod", None, process)
    assert 'There is no tenant "prod"' in str(caught.value)
    assert "IFLOW_SERVICE_KEY" not in str(caught.value)


@pytest.mark.parametrize(
    ("ignore_case", "found"),
    [(True, ["process", "process", "of the file", None]), (False, ["process", None, "of the file", None])],
)
def test_names_are_compared_as_the_system_does(
    tmp_path: Path, ignore_case: bool, found: list[str | None]
) -> None:
    """Windows knows its variables in upper case, whatever a tenant file or ``.env`` calls them."""
    (tmp_path / ".env").write_text("Trial_Key=file\nOther=of the file\n", encoding="utf-8")
    process = Variables({"TRIAL_KEY": "process"}, ignore_case=ignore_case)
    environ = load_environ(tmp_path, "trial", "dev", process)
    names = ("TRIAL_KEY", "trial_key", "Other", "NONE")
    assert [environ.get(name) for name in names] == found
    assert environ.get("Trial_Key") == ("process" if ignore_case else "file")
    assert len(environ) == (2 if ignore_case else 3)


def test_variables_of_features_are_no_secrets(tmp_path: Path) -> None:
    """Neither one that is known, nor one of the process that is named like one; a word is none."""
    (tmp_path / "t.toml").write_text(
        f'{ONE}[environments.dev.variables]\nbuild = "env:BUILD"\npin = "env:PIN_TOKEN"\n', encoding="utf-8"
    )
    environment = Catalogue(tmp_path, {}).environment("t", None)
    found = {"tenant": "t", "environment": "dev"}
    assert feature_variables(environment, {}) == found
    assert unset_variables(environment, {}) == {"build": "BUILD", "pin": "PIN_TOKEN"}
    words = {"BUILD": "7", "PIN_TOKEN": "demo"}
    assert feature_variables(environment, words) == {**found, "build": "7", "pin": "demo"}
    with pytest.raises(ConfigurationError, match='"pin" is a secret, and features may not') as caught:
        feature_variables(environment, {"PIN_TOKEN": "q7RkW2x9Lm4TzB"})
    assert "PIN_TOKEN" in str(caught.value.where)
    assert "q7RkW2x9" not in str(caught.value)
