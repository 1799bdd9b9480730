"""The service instances that the local tenant has."""

from __future__ import annotations

import re

from pytest_iflow.emulator.instance_table import INSTANCES
from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape

RUNTIME = "it-rt-local-trial!b117912"


def _with_key(landscape: Landscape, file: str) -> ServiceInstance:
    (found,) = (each for each in landscape.instances if file in [key.file for key in each.keys])
    return found


def test_every_row_became_an_instance_with_its_keys(landscape: Landscape) -> None:
    """In the order of the table, each key under a file name of its own."""
    assert [[key.file for key in each.keys] for each in landscape.instances] == [
        [key.file for key in row.keys] for row in INSTANCES
    ]
    files = [key.file for row in INSTANCES for key in row.keys]
    assert len(set(files)) == len(files)


def test_client_id_holds_instance_and_application(landscape: Landscape) -> None:
    """As recorded for both plans (wire-facts 2.1, 2.2, 3.2)."""
    sender, api = (_with_key(landscape, file) for file in ("integration-flow.json", "api.json"))
    assert sender.client_id == f"sb-{sender.instance_id}!b139588|{RUNTIME}"
    assert api.client_id == f"sb-{api.instance_id}!b55028|it!b44075"


def test_tokens_last_an_hour_for_flows_and_twelve_for_the_api(landscape: Landscape) -> None:
    """The defaults of both plans (wire-facts 2.3)."""
    assert {(each.plan, each.token_validity) for each in landscape.instances} == {
        ("integration-flow", 3600),
        ("api", 43200),
    }


def test_roles_become_scopes(landscape: Landscape) -> None:
    """With the role to send, without any, and with a role that the tenant defined itself."""
    scopes = {
        file: _with_key(landscape, f"integration-flow{file}.json").scopes
        for file in ("", "-without-role", "-custom-role")
    }
    assert scopes == {
        "": ("uaa.resource", f"{RUNTIME}.ESBMessaging.send"),
        "-without-role": ("uaa.resource",),
        "-custom-role": ("uaa.resource", f"{RUNTIME}.ProductReader"),
    }


def test_reader_of_the_api_may_do_less(landscape: Landscape) -> None:
    """It sees logs and packages, and neither payloads nor deployment (wire-facts 5.4)."""
    every, read = (set(_with_key(landscape, file).scopes) for file in ("api.json", "api-read-only.json"))
    assert read < every
    assert {"it!b44075.MessagePayloadsRead", "it!b44075.WorkspaceArtifactsDeploy"} <= every - read


def test_secrets_hold_the_characters_that_need_encoding(landscape: Landscape) -> None:
    """Two parts around a dollar sign, an equals sign at the end; one of them has a plus as well."""
    keys = [key for each in landscape.instances for key in each.keys if key.client_secret]
    secrets = {key.file: key.client_secret or "" for key in keys}
    assert len(set(secrets.values())) == len(secrets)
    plus = secrets.pop("integration-flow-plus.json")
    assert re.fullmatch(r"[0-9a-f-]{36}\$\+[A-Za-z0-9_-]{42}=", plus)
    assert all(re.fullmatch(r"[0-9a-f-]{36}\$[A-Za-z0-9_-]{43}=", secret) for secret in secrets.values())
