"""The files that the emulator leaves for its clients."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from pytest_iflow import held_files
from pytest_iflow.emulator.landscape import Landscape, new_landscape
from pytest_iflow.emulator.service_keys import KeyFolder, service_key
from pytest_iflow.emulator.start import StartError
from tests.emulator.emulator_process import Emulator
from tests.held_files import FOR_EVER, holding

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
FILES = [
    "api-monitoring.json",
    "api-read-only.json",
    "api.certificate.json",
    "api.json",
    "ca.pem",
    "integration-flow-custom-role.json",
    "integration-flow-key2.json",
    "integration-flow-plus.json",
    "integration-flow-revoked.json",
    "integration-flow-second.json",
    "integration-flow-without-role.json",
    "integration-flow.certificate.json",
    "integration-flow.json",
]


@pytest.mark.parametrize(
    "file", ["integration-flow", "integration-flow-second", "integration-flow-without-role"]
)
def test_key_of_plan_integration_flow_has_the_real_shape(emulator: Emulator, file: str) -> None:
    """Nested under oauth, with exactly the five fields of a real key; url is the runtime."""
    content = json.loads((emulator.keys / f"{file}.json").read_text("utf-8"))
    assert list(content) == ["oauth"]
    key = content["oauth"]
    assert list(key) == ["clientid", "clientsecret", "url", "createdate", "tokenurl"]
    assert re.fullmatch(rf"sb-{UUID}!b\d+\|it-rt-local-trial!b117912", key["clientid"])
    assert re.fullmatch(rf"{UUID}\$[\w-]+=", key["clientsecret"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", key["createdate"])
    assert key["url"] == emulator.runtime
    assert key["tokenurl"] == f"{emulator.token_plane}/oauth/token"


def test_key_of_plan_api_points_to_the_other_host(emulator: Emulator) -> None:
    """The client id ends in it!b44075, and url is the API plane."""
    key = emulator.key("api")
    assert re.fullmatch(rf"sb-{UUID}!b55028\|it!b44075", key["clientid"])
    assert key["url"] == emulator.api


@pytest.mark.parametrize("plan", ["integration-flow", "api"])
def test_key_of_kind_certificate_has_the_documented_fields(emulator: Emulator, plan: str) -> None:
    """Chain and private key stand where the secret would, and the certificate is described at the end."""
    with_secret, key = emulator.key(plan), emulator.key(f"{plan}.certificate")
    fields = ["clientid", "certificate", "key", "url", "createdate", "tokenurl", "certificatedetails"]
    assert list(key) == fields
    assert {name: key[name] for name in ("clientid", "url", "tokenurl")} == {
        name: with_secret[name] for name in ("clientid", "url", "tokenurl")
    }
    assert key["certificate"].count("-----BEGIN CERTIFICATE-----\n") == 2
    assert key["key"].startswith("-----BEGIN RSA PRIVATE KEY-----\n")


def test_keys_of_one_instance_share_the_id_and_not_the_secret(emulator: Emulator) -> None:
    """As new keys of the landscape do (wire-facts 2.5)."""
    keys = [emulator.key(f"integration-flow{each}") for each in ("", "-key2", "-plus", "-revoked")]
    assert len({key["clientid"] for key in keys}) == 1
    assert len({key["clientsecret"] for key in keys}) == len(keys)


def test_instances_do_not_share_an_id(landscape: Landscape) -> None:
    """All client ids differ."""
    keys = [service_key(each, each.keys[0], landscape.planes)["oauth"] for each in landscape.instances]
    assert len({key["clientid"] for key in keys}) == len(keys)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_files_are_open_to_their_owner_only(emulator: Emulator) -> None:
    """Each written file has mode 0600."""
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in emulator.keys.iterdir()}
    assert modes == dict.fromkeys(FILES, 0o600)


def test_folder_is_made_and_later_emptied_of_what_was_written(landscape: Landscape, tmp_path: Path) -> None:
    """Own files go, the folder and files of others stay."""
    folder = KeyFolder(tmp_path / "deep" / "keys")
    folder.write(landscape, "PEM")
    (folder.path / "notes.txt").write_text("mine", encoding="utf-8")
    assert sorted(path.name for path in folder.path.iterdir()) == [*FILES, "notes.txt"]
    folder.close()
    assert [path.name for path in folder.path.iterdir()] == ["notes.txt"]


def test_leftovers_of_a_killed_emulator_are_replaced(landscape: Landscape, tmp_path: Path) -> None:
    """A second start in the same folder is no error."""
    KeyFolder(tmp_path).write(landscape, "old")
    KeyFolder(tmp_path).write(landscape, "new")
    assert (tmp_path / "ca.pem").read_text("utf-8").endswith("\nnew")


def test_files_of_a_landscape_that_came_later_stay(landscape: Landscape, tmp_path: Path) -> None:
    """Two that were started with one folder: the end of the first takes nothing from the second."""
    first, second = KeyFolder(tmp_path), KeyFolder(tmp_path)
    first.write(landscape, "first")
    second.write(new_landscape(landscape.planes), "second")
    there = {path: path.read_text("utf-8") for path in tmp_path.iterdir()}
    first.close()
    assert {path: path.read_text("utf-8") for path in tmp_path.iterdir()} == there
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_held_at_the_end_is_emptied(
    landscape: Landscape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program keeps it from being removed; the next start writes it anew."""
    monkeypatch.setattr(held_files, "PATIENCE", 0.1)
    folder = KeyFolder(tmp_path)
    folder.write(landscape, "PEM")
    with holding(monkeypatch, ("unlink", "api.json", FOR_EVER)):
        folder.close()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("api.json", b"")]
    folder.write(landscape, "PEM")
    assert (tmp_path / "api.json").stat().st_size


def test_key_of_a_real_tenant_is_never_overwritten(landscape: Landscape, tmp_path: Path) -> None:
    """A file of the same name that speaks of another host stays, and the start fails."""
    real = tmp_path / "api.json"
    real.write_text('{"oauth": {"url": "https://tenant.example.com"}}', encoding="utf-8")
    with pytest.raises(StartError, match=r"api\.json exists and is not of a local tenant"):
        KeyFolder(tmp_path).write(landscape, "PEM")
    assert "tenant.example.com" in real.read_text("utf-8")


def test_folder_that_cannot_be_made_is_named(landscape: Landscape, tmp_path: Path) -> None:
    """A file where the folder should be ends in an error that says what to do."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(StartError, match=r"taken.*Name a folder that you may write to with --keys"):
        KeyFolder(tmp_path / "taken").write(landscape, "PEM")


def test_ready_names_the_first_key_and_the_ca(landscape: Landscape, tmp_path: Path) -> None:
    """What is announced points into the folder."""
    ready = KeyFolder(tmp_path).ready(landscape)
    assert ready.first_key == tmp_path / "integration-flow.json"
    assert ready.ca == tmp_path / "ca.pem"
