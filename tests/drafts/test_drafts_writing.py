"""A draft is written into a suite: whole or not at all, and people's edits stay."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from pytest_iflow.drafts.draft import (
    ClientDraft,
    FeatureDraft,
    FileDraft,
    IflowDraft,
    ScenarioDraft,
    StepDraft,
    SuiteDraft,
    TenantDraft,
)
from pytest_iflow.drafts.generated import RECORD
from pytest_iflow.drafts.report import report_lines
from pytest_iflow.drafts.writing import WrittenDraft, write_draft
from pytest_iflow.errors import ConfigurationError

PATH = "features/orders.feature"


def scenario(name: str, status: int = 200) -> ScenarioDraft:
    """Return a scenario of two steps."""
    steps = (
        StepDraft("When", 'I send a GET request to the iFlow "orders"'),
        StepDraft("Then", f"the response status is {status}"),
    )
    return ScenarioDraft(name, steps, name, comments=("made",), tags=("@orders",))


def draft(*scenarios: ScenarioDraft, source: str = "collection", payload: bytes = b"{}") -> SuiteDraft:
    """Return a draft with one feature, one payload and one iFlow."""
    iflows = (IflowDraft("orders", "/orders"),)
    return SuiteDraft(
        source,
        (FeatureDraft(PATH, "Orders", scenarios),),
        (FileDraft("payloads/order.json", payload),),
        (TenantDraft("trial", "test", (ClientDraft("default", "env:KEY"),), iflows, (("lang", "de"),)),),
    )


def changes(written: WrittenDraft) -> list[tuple[str, str]]:
    """Return what became of scenarios and files, without what is as it was."""
    return [(each.what, each.scenario or each.path) for each in written.changes if each.what != "unchanged"]


def files(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_draft_is_written_and_again_changes_nothing(tmp_path: Path) -> None:
    """A feature, a payload, a tenant file, and the record of them."""
    written = write_draft(draft(scenario("a"), scenario("b")), tmp_path / "suite")
    first = files(tmp_path / "suite")
    assert set(first) == {PATH, "payloads/order.json", "tenants/trial.toml", RECORD}
    assert set(first) == {*written.written, RECORD}
    stage = tomllib.loads(first["tenants/trial.toml"].decode())["environments"]["test"]
    assert stage["clients"]["default"] == {"service-key": "env:KEY"}
    assert stage["iflows"]["orders"] == {"address": "/orders"}
    assert stage["variables"] == {"lang": "de"}
    again = write_draft(draft(scenario("a"), scenario("b")), tmp_path / "suite")
    assert (again.written, changes(again)) == ((), [])
    assert files(tmp_path / "suite") == first


def test_edits_stay_and_the_rest_is_brought_up_to_date(tmp_path: Path) -> None:
    """What is new is added, what was removed stays away, what vanished is told."""
    names = ("kept", "edited", "removed", "vanished")
    write_draft(draft(*map(scenario, names)), tmp_path)
    path = tmp_path / PATH
    text = path.read_text(encoding="utf-8")
    blocks = text.split("\n\n")
    edited = blocks[2].replace("is 200", "is 201")
    own = '  Scenario: mine\n    When I send a GET request to the iFlow "orders"\n'
    path.write_text("\n\n".join((*blocks[:2], edited, blocks[4].rstrip(), own)), encoding="utf-8")
    told = changes(write_draft(draft(*(scenario(name, 204) for name in (*names[:3], "new"))), tmp_path))
    assert told == [
        ("replaced", "kept"),
        ("edited", "edited"),
        ("vanished", "vanished"),
        ("removed", "removed"),
        ("added", "new"),
    ]
    text = path.read_text(encoding="utf-8")
    assert text.count("is 204") == 2
    assert "is 201" in text
    assert "Scenario: mine" in text
    assert "Scenario: removed" not in text


def test_a_difference_is_shown_once(tmp_path: Path) -> None:
    """Lines of the edited scenario and of the one in the source; not again until the source changes."""
    write_draft(draft(scenario("a")), tmp_path)
    path = tmp_path / PATH
    path.write_text(path.read_text(encoding="utf-8").replace("is 200", "is 201"), encoding="utf-8")
    written = write_draft(draft(scenario("a", 204)), tmp_path)
    assert "-    Then the response status is 201\n+    Then the response status is 204" in "\n".join(
        change.difference for change in written.changes
    )
    shown = "\n".join(report_lines(written))
    assert f'"a" in {PATH}: edited here, so it stays' in shown
    assert "+    Then the response status is 204" in shown


def test_a_payload_that_was_edited_stays(tmp_path: Path) -> None:
    """One that was not is replaced."""
    write_draft(draft(scenario("a")), tmp_path)
    assert changes(write_draft(draft(scenario("a"), payload=b"[1]"), tmp_path)) == [
        ("replaced", "payloads/order.json")
    ]
    (tmp_path / "payloads/order.json").write_bytes(b"[2]")
    assert changes(write_draft(draft(scenario("a"), payload=b"[3]"), tmp_path)) == [
        ("edited", "payloads/order.json")
    ]
    assert (tmp_path / "payloads/order.json").read_bytes() == b"[2]"


def test_other_ends_of_lines_are_no_edit(tmp_path: Path) -> None:
    """Version control writes them on Windows: what nobody edited is known, and the file keeps its ends."""
    write_draft(draft(scenario("a"), payload=b"{\n}\n"), tmp_path)
    for name in (PATH, "payloads/order.json"):
        path = tmp_path / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert changes(write_draft(draft(scenario("a"), payload=b"{\n}\n"), tmp_path)) == []
    assert changes(write_draft(draft(scenario("a", 204), payload=b"[\n]\n"), tmp_path)) == [
        ("replaced", "a"),
        ("replaced", "payloads/order.json"),
    ]
    feature = (tmp_path / PATH).read_bytes()
    assert b"is 204\r\n" in feature
    assert feature.count(b"\n") == feature.count(b"\r\n")


def test_another_source_adds_to_a_feature_and_replaces_nothing(tmp_path: Path) -> None:
    """Each source knows its own scenarios."""
    write_draft(draft(scenario("a")), tmp_path)
    told = changes(write_draft(draft(scenario("a", 204), scenario("b"), source="other"), tmp_path))
    assert told == [("edited", "a"), ("added", "b")]
    assert changes(write_draft(draft(scenario("a", 202)), tmp_path)) == [("replaced", "a")]


def test_a_tenant_file_keeps_its_comments_and_entries(tmp_path: Path) -> None:
    """Entries that are there stay as they are; what differs is told; what was removed stays away."""
    path = tmp_path / "tenants/trial.toml"
    path.parent.mkdir()
    own = (
        "# mine\ndescription = 'x' # why\n[environments.test]\n"
        '[environments.test.clients.default] # the client\nservice-key = "env:MINE"\n'
        '[environments.live.clients.default]\nservice-key = "env:LIVE"\n'
    )
    path.write_text(own, encoding="utf-8")
    written = write_draft(draft(scenario("a")), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert all(line in text for line in own.splitlines())
    stage = tomllib.loads(text)["environments"]["test"]
    assert stage["clients"]["default"] == {"service-key": "env:MINE"}
    assert stage["iflows"] == {"orders": {"address": "/orders"}}
    assert [remark.what for remark in written.remarks] == [
        'test.clients.default stays as it is in the tenant file; the source says service-key = "env:KEY".'
    ]
    path.write_text(own, encoding="utf-8")
    removed = write_draft(draft(scenario("a")), tmp_path)
    assert path.read_text(encoding="utf-8") == own
    assert any("test.iflows.orders was removed by somebody" in remark.what for remark in removed.remarks)


def test_a_tenant_file_that_is_gone_is_made_again(tmp_path: Path) -> None:
    """With all its entries; that of the local tenant has those that come along, too."""
    write_draft(draft(scenario("a")), tmp_path)
    (tmp_path / "tenants/trial.toml").unlink()
    assert "tenants/trial.toml" in write_draft(draft(scenario("a")), tmp_path).written
    local = TenantDraft("local", "dev", iflows=(IflowDraft("product-details", "/http/products/details"),))
    assert write_draft(SuiteDraft("x", tenants=(local,)), tmp_path).written == ()
    more = msgspec.structs.replace(local, iflows=(IflowDraft("new", "/http/new"),))
    write_draft(SuiteDraft("x", tenants=(more,)), tmp_path)
    stage = tomllib.loads((tmp_path / "tenants/local.toml").read_text("utf-8"))["environments"]["dev"]
    assert {"new", "product-details", "orders"} <= stage["iflows"].keys()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tenants/trial.toml", "environments = ["),
        (RECORD, "{"),
        (RECORD, '{"features": 3}'),
    ],
)
def test_what_cannot_be_read_leaves_all_as_it_is(tmp_path: Path, name: str, text: str) -> None:
    """Nothing half-written."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    before = files(tmp_path)
    with pytest.raises(ConfigurationError):
        write_draft(draft(scenario("a")), tmp_path)
    assert files(tmp_path) == before


def test_a_file_is_no_folder_for_a_suite(tmp_path: Path) -> None:
    """Neither it, nor a path below it."""
    (tmp_path / "file").write_bytes(b"")
    for name in ("file", "file/suite"):
        with pytest.raises(ConfigurationError, match="This is a file") as caught:
            write_draft(draft(scenario("a")), tmp_path / name)
        assert str(caught.value.where) == str(tmp_path / "file")


def test_a_failure_puts_back_what_was_replaced(tmp_path: Path) -> None:
    """A folder stands where a file is to be, behind one that was replaced already."""
    write_draft(draft(scenario("a")), tmp_path)
    before = files(tmp_path)
    (tmp_path / "payloads/order.json").unlink()
    (tmp_path / "payloads/order.json").mkdir()
    with pytest.raises(ConfigurationError):
        write_draft(draft(scenario("a", 204), payload=b"[]"), tmp_path)
    assert files(tmp_path) == {name: data for name, data in before.items() if name != "payloads/order.json"}


def test_a_trial_writes_nothing(tmp_path: Path) -> None:
    """It says what would be written."""
    written = write_draft(draft(scenario("a")), tmp_path / "suite", is_trial=True)
    assert PATH in written.written
    assert not (tmp_path / "suite").exists()


@pytest.mark.parametrize("path", ["../x", "/x", "a\\b", "C:x", ""])
def test_no_path_leads_out_of_the_suite(tmp_path: Path, path: str) -> None:
    """Whatever a source says."""
    with pytest.raises(ConfigurationError, match="no path of a file"):
        write_draft(SuiteDraft("x", files=(FileDraft(path, b""),)), tmp_path / "suite")


def test_a_secret_in_a_draft_is_not_written(tmp_path: Path) -> None:
    """The last net under all that make drafts: the payload has asterisks, and a remark says so."""
    secret = "c1ientS3cr3t-Zx81-Qq"
    written = write_draft(draft(scenario("a"), payload=f'{{"client_secret": "{secret}"}}'.encode()), tmp_path)
    assert all(secret.encode() not in data for data in files(tmp_path).values())
    assert 'A secret in the field "client_secret" stood in it' in "\n".join(
        remark.what for remark in written.remarks
    )
