"""Tenant files: read as written, or refused with every mistake and its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.model import BundleSource, Client, EmulatorSettings, Iflow, Limits, Timeouts, Trust
from pytest_iflow.tenants.tenant_file import contradictions, load_tenant, parse_tenant

GOOD = """\
description = "Größe matters"
default-environment = "dev"

[environments.dev]
ca-bundle = "ca.pem"
strict-certificates = false
system-trust = true
require-monitoring = true
timeouts = { connect = 3, read = 4.5, answer = 20, log = 90 }
limits = { response = 1.5, calls-per-second = 20, parsed = 0.5 }

[environments.dev.clients.default]
service-key = "file:dev.json"

[environments.dev.clients.mono]
service-key = "env:KEY"
auth = "post"
runtime-auth = "basic"

[environments.dev.iflows.product-details]
address = "/products/details"
artifact = "Product_Details"
application-id = true
version = "1.0.0"

[environments.prod]
protected = true
runtime-version = "6.54.9"

[environments.prod.clients.default]
service-key = "env:PROD"
"""


def refused(path: Path, text: str) -> ConfigurationError:
    """Return the error that a tenant file with this text gets."""
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(ConfigurationError) as caught:
        load_tenant(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    return caught.value


def test_every_key_arrives_in_the_model(tmp_path: Path) -> None:
    """A tenant is named like its file and holds what the file says."""
    path = tmp_path / "trial.toml"
    path.write_text(GOOD, encoding="utf-8")
    tenant = load_tenant(path)
    assert (tenant.name, tenant.description) == ("trial", "Größe matters")
    assert (tenant.default_environment, tenant.path) == ("dev", path)
    dev = tenant.environments["dev"]
    assert (str(dev), dev.folder, dev.ca_bundle, dev.protected) == ("trial/dev", tmp_path, "ca.pem", False)
    assert dev.trust == Trust(strict=False, system_store=True)
    assert dev.require_monitoring is True
    assert dev.runtime_version == ""
    assert dev.timeouts == Timeouts(connect=3.0, read=4.5, log=90.0, answer=20.0)
    assert dev.limits == Limits(response=1536 * 1024, calls=20.0, parsed=512 * 1024)
    assert dev.clients == {
        "default": Client("default", "file:dev.json"),
        "mono": Client("mono", "env:KEY", auth="post", runtime_auth="basic"),
    }
    assert dev.iflows == {
        "product-details": Iflow(
            name="product-details",
            address="/products/details",
            artifact="Product_Details",
            application_id=True,
            version="1.0.0",
        )
    }


def test_what_a_file_leaves_out_has_its_default(tmp_path: Path) -> None:
    """Only clients have to be written."""
    path = tmp_path / "trial.toml"
    path.write_text(GOOD, encoding="utf-8")
    prod = load_tenant(path).environments["prod"]
    assert prod.require_monitoring is False
    assert prod.runtime_version == "6.54.9"
    assert prod.trust == Trust(strict=True, system_store=False)
    assert (prod.protected, prod.iflows, prod.ca_bundle, prod.timeouts) == (True, {}, None, Timeouts())
    assert (prod.emulator, prod.source) == (None, str(path))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", EmulatorSettings()),
        ('profile = "2020"\nseed = 7.0', EmulatorSettings("2020", 7)),
        (
            'seed = -7\n[environments.dev.emulator.faults]\nlatency = 1\n"runtime.status_503" = 0.1',
            EmulatorSettings(None, -7, {"latency": 1, "runtime.status_503": 0.1}),
        ),
    ],
)
def test_settings_of_the_emulator_arrive(tmp_path: Path, settings: str, expected: EmulatorSettings) -> None:
    """Each is optional, and a fault of one plane has a dot in its name."""
    path = tmp_path / "mine.toml"
    client = '[environments.dev.clients.default]\nservice-key = "emulator:integration-flow.json"\n'
    path.write_text(f"{client}[environments.dev.emulator]\n{settings}\n", encoding="utf-8")
    assert load_tenant(path).environments["dev"].emulator == expected


def test_settings_without_an_emulator_are_a_mistake(tmp_path: Path) -> None:
    """Their line is named."""
    path = tmp_path / "trial.toml"
    error = refused(path, f'{GOOD}[environments.prod.emulator]\nprofile = "2022"\n')
    line = GOOD.count("\n") + 1
    assert error.what.startswith(
        f"{path}:{line}: environments.prod.emulator: these are settings of the emulator"
    )
    error = refused(path, f'{GOOD}[environments.prod.bundles.orders]\npath = "orders.zip"\n')
    assert "environments.prod.bundles: these are flows of the emulator" in error.what


def test_bundles_arrive_with_their_parameters(tmp_path: Path) -> None:
    """Their path starts from the tenant file; one without a path is a mistake."""
    path = tmp_path / "mine.toml"
    client = '[environments.dev.clients.default]\nservice-key = "emulator:integration-flow.json"\n'
    bundle = f"{client}[environments.dev.bundles.orders]\n"
    error = refused(path, bundle)
    assert 'environments.dev.bundles.orders: lacks the key "path"' in error.what
    path.write_text(f'{bundle}path = "../a.zip"\nparameters = {{"Receiver URL" = "x"}}\n', encoding="utf-8")
    found = load_tenant(path).environments["dev"].bundles
    assert found == {"orders": BundleSource(tmp_path / "../a.zip", {"Receiver URL": "x"})}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_windows_editors_are_read(tmp_path: Path, encoding: str) -> None:
    """Byte order mark and CRLF change nothing."""
    path = tmp_path / "trial.toml"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode(encoding))
    assert load_tenant(path).description == "Größe matters"


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("a = \n", "line 1, column 5", "example.toml"),
        ("[environments]\nb = [1,", "line 2, column 8", "example.toml"),
        ('a = """', "line 1, column 8", "example.toml"),
        ('[x]\r\nkey = "file:C:\\keys\\x.json"\r\n', "line 2, column 1", "Write / instead of \\"),
        ('key = "file:C:\\Users\\x.json"', "line 1", "single quotes"),
        ("[environments.dev]\n[environments.dev]\n", "line 2", "example.toml"),
        ("a = 1\nb = 2\na = 3\nc = 4\n", "line 3", "example.toml"),
    ],
)
def test_malformed_toml_is_refused_with_line_and_column(
    tmp_path: Path, text: str, place: str, remedy: str
) -> None:
    """The error leads to the character, and backslashes get their own advice."""
    error = refused(tmp_path / "trial.toml", text)
    assert "not valid TOML" in error.what
    assert f"line {error.line}," in str(error.where)
    assert place in str(error.where)
    assert remedy in str(error.remedy)


HOSTILE = {
    "lists in lists": (f"x = {'[' * 5000}", "nested too deeply"),
    "lists that are closed": (f"x = {'[' * 5000}{']' * 5000}", "nested too deeply"),
    "tables in tables": (f"x = {'{a=' * 5000}", "nested too deeply"),
    "a key of many parts": (f"{'a.' * 50_000}a = 1", "nested too deeply"),
    "a long number": (f"x = {'9' * 5000}", "too many digits"),
    "a long number in hexadecimal": (f"x = 0x{'f' * 5000}", "too many digits"),
    "a long negative number": ("x = -9223372036854775809", "too many digits"),
    "a number that is none": ("[environments.dev.timeouts]\nread = nan", "must be a number, not nan"),
    "a number without end": ("[environments.dev.timeouts]\nread = inf", "must be 86400 at most"),
    "nested values where a number belongs": (
        "[environments.dev.emulator.faults]\n" + "a." * 400 + "a = 1",
        "must be a number",
    ),
    "an escape that is no character": ('x = "\\ud800"', "not valid TOML"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_breaks_readers_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    """Within a moment, and with the file."""
    text, why = HOSTILE[kind]
    assert why in refused(tmp_path / "trial.toml", text).what


def test_many_mistakes_are_found_in_a_moment(tmp_path: Path) -> None:
    """The file is searched once for their lines."""
    error = refused(tmp_path / "trial.toml", "".join(f"key-{number} = 1\n" for number in range(3000)))
    assert "3001 mistakes" in error.what


def test_a_single_mistake_is_the_first_line_of_the_error(tmp_path: Path) -> None:
    """File, line, key and the right name stand in one line."""
    path = tmp_path / "trial.toml"
    error = refused(path, GOOD.replace("[environments.prod]\nprotected", "[environments.prod]\nprotectd"))
    assert error.what == f'{path}:27: environments.prod.protectd: unknown key; did you mean "protected"?'


def test_all_mistakes_are_listed_in_the_order_of_lines(tmp_path: Path) -> None:
    """Every mistake has its file, line and key path."""
    path = tmp_path / "trial.toml"
    text = (
        'default-environment = "tset"\n[environments.test]\nprotected = 1\n[environments.test."my clients"]\n'
    )
    first, *others = refused(path, text).what.splitlines()
    assert first == f"{path} has 4 mistakes:"
    assert others[0].strip() == (
        f'{path}:1: default-environment: there is no environment "tset". Did you mean "test"? Known: test.'
    )
    assert others[1].strip() == f'{path}:2: environments.test: lacks the key "clients"'
    assert others[2].strip() == f"{path}:3: environments.test.protected: must be true or false, not a number"
    assert others[3].strip().startswith(f'{path}:4: environments.test."my clients": unknown key')


@pytest.mark.parametrize("text", ["", "[environments]\n", "environments = 1\n", "environments = []\n"])
def test_a_file_without_an_environment_is_refused(tmp_path: Path, text: str) -> None:
    """There is nothing to talk to."""
    assert "environments" in refused(tmp_path / "trial.toml", text).what


def test_environments_that_share_a_folder_are_refused(tmp_path: Path) -> None:
    """Windows and macOS do not tell Dev from dev."""
    client = 'service-key = "env:K"\n'
    text = f"[environments.dev.clients.x]\n{client}[environments.Dev.clients.x]\n{client}"
    assert 'differs from "dev" in case only' in refused(tmp_path / "trial.toml", text).what


def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path: Path) -> None:
    """The reason stands in the error, the secret does not."""
    text = '[environments.dev.clients.default]\nservice-key = "env:K"\nclientsecret = "Very-Secret-1$="\n'
    error = refused(tmp_path / "trial.toml", text)
    assert "version control" in error.what
    assert ":3:" in error.what
    assert "Very-Secret" not in str(error)


def test_a_file_name_that_is_no_tenant_name_is_refused(tmp_path: Path) -> None:
    """The name becomes a folder of reports."""
    with pytest.raises(ConfigurationError, match="cannot be the name of a tenant"):
        load_tenant(tmp_path / "my tenant.toml")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The path stands in the error."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_tenant(tmp_path / "none.toml")


def test_a_tenant_may_come_without_a_file() -> None:
    """Built-in tenants are text; the errors name their source."""
    text = '[environments.dev.clients.x]\nservice-key = "env:K"\n'
    tenant = parse_tenant(text, name="quick", folder=Path("keys"), source="built-in")
    assert (tenant.path, tenant.environments["dev"].folder) == (None, Path("keys"))
    with pytest.raises(ConfigurationError, match="built-in: lacks the key"):
        parse_tenant("", name="quick", folder=Path(), source="built-in")


@pytest.mark.parametrize("name", ["local", "trial", "example", "quick-start"])
def test_the_tenant_files_of_this_project_are_good(pytestconfig: pytest.Config, name: str) -> None:
    """What the project ships is read without a complaint."""
    assert load_tenant(pytestconfig.rootpath / "tenants" / f"{name}.toml").environments


EMULATED = {"clients": {"default": {"service-key": "emulator:integration-flow.json"}}}
REAL = {"clients": {"default": {"service-key": "env:KEY"}}}


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return key paths and messages up to the first colon, semicolon or full stop."""
    return [(".".join(each.path), re.split("[:;.]", each.message)[0]) for each in contradictions(document)]


def test_a_good_file_has_none() -> None:
    """Settings where there is an emulator, a default that exists."""
    environments = {"dev": {**EMULATED, "emulator": {"seed": 7}}, "prod": REAL}
    assert found({"default-environment": "prod", "environments": environments}) == []


def test_a_reference_of_ca_bundle_is_enough() -> None:
    """It starts the emulator as that of a client does."""
    environment = {**REAL, "ca-bundle": "emulator:ca.pem", "emulator": {}}
    assert found({"environments": {"dev": environment}}) == []


@pytest.mark.parametrize(
    "environment",
    [
        {**REAL, "emulator": {"profile": "2022"}},
        {**REAL, "emulator": {}, "ca-bundle": "ca.pem"},
        {"emulator": 1},
        {"emulator": {}, "clients": ["default"]},
        {"emulator": {}, "clients": {"default": "emulator:integration-flow.json"}},
    ],
)
def test_settings_without_an_emulator(environment: dict[str, Any]) -> None:
    """Also in a file that breaks its schema."""
    assert found({"environments": {"dev": environment}}) == [
        (
            "environments.dev.emulator",
            "these are settings of the emulator, which this environment does not use",
        )
    ]


def test_a_default_that_does_not_exist() -> None:
    """The key is named."""
    assert found({"default-environment": "tset", "environments": {"test": REAL}}) == [
        ("default-environment", 'there is no environment "tset"')
    ]


def test_names_that_are_one_folder() -> None:
    """The second of them is the mistake."""
    assert found({"environments": {"dev": REAL, "Dev": REAL}}) == [
        ("environments.Dev", 'differs from "dev" in case only')
    ]


@pytest.mark.parametrize("environments", [None, 1, [], {"dev": 1}])
def test_what_is_no_environment_contradicts_nothing(environments: object) -> None:
    """The schema says what is wrong with it."""
    assert found({"environments": environments, "default-environment": "dev"}) == []
