"""A flow that tests of the model read: a router, scripts, a loop, an exception, parameters, a diagram."""

from __future__ import annotations

from pathlib import Path

from tests import exported_bundles as made

DIAGRAM = made.diagram(
    made.shape("Participant_1", 0, 100, 100, 140),
    made.shape("Participant_2", 450, 400, 100, 140),
    made.shape("Participant_3", 150, 50, 900, 320),
    made.shape("Start_1", 200, 154, 32, 32),
    made.shape("Set_1", 280, 140),
    made.shape("Router_1", 420, 150, 40, 40),
    made.shape("Script_1", 500, 80),
    made.shape("Script_2", 500, 200),
    made.shape("Sub_1", 700, 220, 300, 130),
    made.shape("Start_9", 720, 270, 32, 32),
    made.shape("End_9", 900, 270, 32, 32),
    made.edge("MessageFlow_1", (50, 170), (216, 170)),
    made.edge("Route_1", (216, 170), (330, 170)),
    made.edge("Route_4", (330, 170), (440, 170)),
    made.edge("Route_2", (440, 170), (440, 110), (550, 110)),
    made.edge("Route_3", (440, 170), (440, 230), (550, 230)),
)

FLOW = made.iflw(
    [
        made.participant("Participant_1", "Shop", "EndpointSender"),
        made.participant("Participant_2", "Mail box", "EndpointRecevier"),
        made.participant("Participant_3", "Orders", "IntegrationProcess", "Process_1"),
        made.adapter("MessageFlow_1", "HTTPS", "Sender", "Participant_1", "Start_1", urlPath="/orders"),
        made.adapter(
            "MessageFlow_2",
            "HTTP",
            "Receiver",
            "Call_1",
            "Participant_2",
            httpAddressWithoutQuery="{{url}}/x",
        ),
        made.adapter("MessageFlow_3", "SFTP", "Receiver", "End_1", "Participant_2", host="h", path="/in"),
    ],
    [
        made.process(
            "Process_1",
            "Orders",
            [
                made.event("Start_1", "Start", definition="message"),
                made.step(
                    "Set_1",
                    "Set headers",
                    "Enricher",
                    headerTable="<row><cell id='Name'>k</cell><cell id='Value'>{{a &amp; b}}</cell></row>",
                    componentVersion="1.5",
                ),
                made.router("Router_1", "Which?", ["Route_2", "Route_3"], "Route_3"),
                made.step("Script_1", "Look up", "Script", "GroovyScript", script="look.groovy"),
                made.step(
                    "Script_2",
                    "Shared",
                    "Script",
                    "GroovyScript",
                    script="all.groovy",
                    scriptBundleId="Common",
                ),
                made.step("Call_1", "Ask", "ExternalCall", element="serviceTask"),
                made.step(
                    "Local_1",
                    "Again",
                    "ProcessCallElement",
                    "LoopingProcess",
                    processId="Process_2",
                    expressionType="Non XML",
                    more='<bpmn2:standardLoopCharacteristics loopMaximum="{{most}}">'
                    "<bpmn2:loopCondition>${property.more} = 'true'</bpmn2:loopCondition>"
                    "</bpmn2:standardLoopCharacteristics>",
                ),
                made.event("End_1", "End", "endEvent", "message"),
                made.route("Route_1", "Start_1", "Set_1"),
                made.route("Route_4", "Set_1", "Router_1"),
                made.route("Route_3", "Router_1", "Script_2"),
                made.route("Route_2", "Router_1", "Script_1", "/order/@kind = 'x'", "XML"),
                made.exception_process(
                    "Sub_1",
                    "Exception",
                    [
                        made.event("Start_9", "Error", definition="error"),
                        made.event("End_9", "Stop", "endEvent", "escalation", ErrorCode="Internal"),
                        made.route("Route_9", "Start_9", "End_9"),
                    ],
                ),
            ],
        ),
        made.process("Process_2", "Again", [made.event("Start_2", "Start")], "LocalIntegrationProcess"),
    ],
    DIAGRAM,
    allowedHeaderList="X-*|Y",
)

FILES = {
    "META-INF/MANIFEST.MF": made.manifest(
        "Orders_of_a_shop_whose_name_is_longer_than_one_line_of_a_manifest_may_be"
    ),
    made.IFLW: FLOW,
    "src/main/resources/script/look.groovy": b"def x = 1",
    **made.parameter_files({"url": "https\\://shop.example", "a & b": "1 < 2", "most": "7"}),
}

COLLECTION = {
    "META-INF/MANIFEST.MF": made.manifest("Common", kind="ScriptCollection"),
    "src/main/resources/script/all.groovy": b"def all() {}",
}


def as_zip(folder: Path) -> Path:
    """The zip of one flow."""
    return made.write(folder / "flow.zip", made.zipped(FILES))


def as_folder(folder: Path) -> Path:
    """The folder of one flow, as in Git."""
    for name, data in FILES.items():
        made.write(folder / "flow" / name, data)
    made.write(folder / "flow/.git/broken.iflw", b"")
    return folder / "flow"


def as_package(folder: Path) -> Path:
    """An exported package."""
    contents = {
        "1" * 32: ("IFlow", "Orders", made.zipped(FILES)),
        "2" * 32: ("ScriptCollection", "Common", made.zipped(COLLECTION)),
        "3" * 32: ("File", "Change log", b"text"),
        "4" * 32: ("IFlow", "Broken", b"PK\x03\x04 and no more"),
        "5" * 32: ("IFlow", "Empty", b""),
    }
    return made.write(folder / "package.zip", made.exported_package("Shop", contents))
