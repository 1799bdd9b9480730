"""Exported iFlows in the folder of local flows: their message logs, and folders that cannot be used."""

from __future__ import annotations

import dataclasses
import threading
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from pytest_iflow.emulator.api.archive import Archive
from pytest_iflow.emulator.api.content import TenantContent
from pytest_iflow.emulator.flows.local_flows import LocalEngine, load_local_flows
from pytest_iflow.emulator.flows.message import Flow, FlowFailureError, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.flows.registry import Deployment
from pytest_iflow.emulator.landscape import new_landscape
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog
from pytest_iflow.emulator.start import Planes, StartError
from tests import engine_flows as made
from tests.exported_bundles import IFLW, adapter, event, manifest, participant, process, step, write, zipped
from tests.message_mappings import const, mapping_files, mapping_step, mmap, src

SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())


def parent() -> dict[str, bytes]:
    """A flow that notes things in its log, and calls another one by ProcessDirect."""
    headers = made.table(made.header("SAP_ApplicationID", "order-7"), made.header("SAP_Sender", "Shop"))
    status = made.table(made.header("SAP_MessageProcessingLogCustomStatus", "Checked"))
    parts = [
        made.start(),
        made.modifier("note", headerTable=headers, propertyTable=status),
        step("keep", "keep", "Persist", stepid="Before"),
        made.call_step("call"),
        made.end(),
    ]
    child = made.receiver("Child", "ProcessDirect", "call", address="/child")
    return made.bundle_files(
        made.row(parts), (), child, "Parent", address="/parent", allowedHeaderList="kind"
    )


def child(*steps: str) -> dict[str, bytes]:
    """The flow that it calls."""
    parts = made.row([made.start(), *steps, made.end()])
    return made.bundle_files(parts, own="Child", sender="ProcessDirect", address="/child")


def loaded(folder: Path, *bundles: dict[str, bytes]) -> dict[str, Flow]:
    """Return the flows of bundles, by their ids."""
    for number, files in enumerate(bundles):
        (folder / f"{number}.zip").write_bytes(zipped(files))
    return {each.flow.artifact: each.flow for each in LocalEngine(folder).load()}


def called(flow: Flow, body: bytes, level: str = "INFO") -> tuple[Reply | FlowFailureError, ProcessingLog]:
    """Call a flow; return its reply or failure, and its log."""
    log = ProcessingLog(flow.artifact)
    log.log_level = level  # type: ignore[assignment]  # one of the levels
    message = Message("POST", {}, {"kind": "x", "CamelHttpMethod": "POST"}, body, log=log)
    try:
        return flow.run(message, SURROUNDINGS), log
    except FlowFailureError as error:
        return error, log


def test_the_log_of_a_run_has_its_steps_and_the_flows_that_it_called(tmp_path: Path) -> None:
    """With one correlation id; what the flow notes is there, too."""
    flows = loaded(tmp_path, parent(), child(made.modifier("done", "<done/>")))
    assert (flows["Parent"].address, flows["Child"].address) == ("/parent", "/local-tenant/start/Child")
    assert flows["Parent"].allowed_headers == "kind"
    reply, log = called(flows["Parent"], b"<a/>", "TRACE")
    assert isinstance(reply, Reply)
    assert (reply.body, ("kind", "x") in reply.headers) == (b"<done/>", True)
    record = log.record("COMPLETED")
    assert [one.model_step_id for one in record.run_steps] == ["start", "note", "keep", "call", "end"]
    assert [one.activity for one in record.run_steps][1:4] == ["Content Modifier", "Persist", "Request-reply"]
    assert record.run_steps[1].payload == b"<a/>"
    assert (record.custom_status, record.application_message_id, record.sender) == (
        "Checked",
        "order-7",
        "Shop",
    )
    assert [(one.store_id, one.content) for one in record.store_entries] == [("Before", b"<a/>")]
    (other,) = log.others
    assert (other.artifact, other.status, other.correlation_id) == ("Child", "COMPLETED", log.ids.correlation)
    assert len(other.message_id) == 28


def test_a_flow_with_a_timer_is_started_by_a_call(tmp_path: Path) -> None:
    """At an address of its own."""
    timer = event("start", "Start", definition="timer")
    parts = made.row([timer, made.modifier("done", "<done/>"), made.end()])
    files = made.bundle_files(parts, own="Nightly")
    sender = files[IFLW].partition(b"<bpmn2:messageFlow")[2].partition(b"</bpmn2:messageFlow>")[0]
    files[IFLW] = files[IFLW].replace(b"<bpmn2:messageFlow" + sender + b"</bpmn2:messageFlow>", b"")
    flow = loaded(tmp_path, files)["Nightly"]
    reply, log = called(flow, b"")
    assert isinstance(reply, Reply)
    assert (flow.address, reply.body) == ("/local-tenant/start/Nightly", b"<done/>")
    assert len(log.record("COMPLETED").run_steps) == 0


def test_a_failure_names_the_step_that_failed(tmp_path: Path) -> None:
    """Of each flow in its own log."""
    fails = step("fails", "fails", "Filter", wrapContent="/a")
    flows = loaded(tmp_path, parent(), child(fails))
    failure, log = called(flows["Parent"], b"no xml")
    assert isinstance(failure, FlowFailureError)
    assert "no well-formed XML" in str(failure.cause)
    record = log.record("FAILED", "error")
    assert (record.last_error_step, log.others[0].last_error_step) == ("call", "fails")
    assert "SAXParseException" in str(log.others[0].error)


def test_an_escalation_is_a_status_of_its_own(tmp_path: Path) -> None:
    """The sender gets an error all the same."""
    ends = event("esc", "Escalation", "endEvent", "escalation", ErrorCode="Others")
    flows = loaded(tmp_path, made.bundle_files(made.row([made.start(), ends]), own="Escalates"))
    failure, _ = called(flows["Escalates"], b"")
    assert isinstance(failure, FlowFailureError)
    assert failure.status == "ESCALATED"


def test_a_folder_that_cannot_be_used_is_one_clear_message(tmp_path: Path) -> None:
    """A damaged zip; an address or an id that is taken."""
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with pytest.raises(StartError, match=r"a\.zip cannot be run"):
        load_local_flows(tmp_path)
    taken = made.bundle_files(made.row([made.start(), made.end()]), own="Mine", address="/products/details")
    (tmp_path / "a.zip").write_bytes(zipped(taken))
    with pytest.raises(StartError, match=r"Mine at /http/products/details cannot stand beside"):
        load_local_flows(tmp_path)


def test_an_answer_of_a_receiver_stands_in_a_file(tmp_path: Path) -> None:
    """One that cannot be read is told at the start, with its name."""
    asks = made.receiver("Shop", "HTTP", "call", httpAddressWithoutQuery="https://shop")
    parts = made.row([made.start(), made.call_step("call"), made.end()])
    (tmp_path / "receivers").mkdir()
    file = tmp_path / "receivers" / "Shop.toml"
    file.write_text("status = ", encoding="utf-8")
    files = made.bundle_files(parts, (), asks, "Asks")
    with pytest.raises(StartError, match=r"Shop\.toml"):
        loaded(tmp_path, files)
    file.write_text('status = 202\nfile = "shop.json"\n', encoding="utf-8")
    (tmp_path / "receivers" / "shop.json").write_text("{}", encoding="utf-8")
    reply, _ = called(loaded(tmp_path, files)["Asks"], b"x")
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (202, b"{}")


def test_the_designed_artifact_of_a_bundle_is_its_archive(tmp_path: Path) -> None:
    """That of an unpacked folder is a zip, with the values that its parameters are configured by."""
    files = made.bundle_files(
        made.row([made.start(), made.end()]), own="Unpacked", address="/unpacked", parameters={"url": "old"}
    )
    for name, content in files.items():
        write(tmp_path / "orders" / name, content)
    write(tmp_path / "orders.prop", b"url=new\n")
    (tmp_path / "child.zip").write_bytes(zipped(child()))
    engine = LocalEngine(tmp_path)
    planes = Planes("https://t", "https://r", "https://a", "http://p")
    flows = load_local_flows(tmp_path, engine)
    designed = TenantContent(new_landscape(planes, None, flows, engine)).design_time
    engine.close()
    held = {own: designed.versions.newest(own) for own in ("Unpacked", "Child")}
    for own, version in held.items():
        assert version is not None
        names = ZipFile(BytesIO(version.content)).namelist()
        assert {"META-INF/MANIFEST.MF", IFLW} <= set(names), own
    unpacked = held["Unpacked"]
    assert unpacked is not None
    assert Archive(unpacked.content).parameters()[0].value == "new"


def test_what_stands_in_the_folder_serves_the_flows_of_other_zips(tmp_path: Path) -> None:
    """A message mapping of one zip, in whichever order they are read; script collections likewise."""
    used = mapping_step(messageMappingBundleId="Maps")
    flow = made.bundle_files(made.row([made.start(), used, made.end()]), own="Maps it", address="/maps")
    held = mapping_files(mmap({"/out": const(""), "/out/one": src("/in/group/name")}))
    (tmp_path / "z-maps.zip").write_bytes(
        zipped({"META-INF/MANIFEST.MF": manifest("Maps", kind="MessageMapping"), **held})
    )
    reply, _ = called(loaded(tmp_path, flow)["Maps it"], b"<in><group><name>n</name></group></in>")
    assert isinstance(reply, Reply), reply
    assert b"<one>n</one>" in reply.body


def test_a_flow_answers_behind_each_of_its_senders(tmp_path: Path) -> None:
    """Each has an address and a process of its own; the flow is deployed and undeployed as one."""
    first = made.row([made.start(), made.modifier("one", "first"), made.end()])
    second = made.row([made.start("start2"), made.modifier("two", "second"), made.end("end2")], "s")
    other = [
        participant("Other", "Other", "EndpointSender"),
        adapter("in2", "SOAP", "Sender", "Other", "start2", address="/other"),
    ]
    files = made.bundle_files(first, [process("second", "Second", second)], other, address="/one")
    flow = loaded(tmp_path, files)["Flow"]
    deployment = Deployment([flow])
    answers = {
        path: called(found.flow, b"")[0]
        for path in ("/http/one", "/cxf/other")
        if (found := deployment.at(path)) is not None
    }
    assert {path: getattr(reply, "body", reply) for path, reply in answers.items()} == {
        "/http/one": b"first",
        "/cxf/other": b"second",
    }
    taken = dataclasses.replace(flow, artifact="Taken", further=())
    assert deployment.deploy("Taken", built=dataclasses.replace(taken, address="/free")).error is None
    clash = deployment.deploy("Taken", built=dataclasses.replace(taken, address="/other", protocol="cxf"))
    assert clash.error == "The address /cxf/other is already used by Flow (/cxf/other)."
    deployment.undeploy("Flow")
    assert deployment.at("/http/one") is deployment.at("/cxf/other") is None
