"""The archive of a flow with an HTTPS sender whose address is a parameter, laid out as tenants export it."""

from __future__ import annotations

import base64

from pytest_iflow.emulator.api.archive import DEFINITIONS, MANIFEST, PARAMETERS, pack

MODEL = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn2:definitions xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd">
  <bpmn2:collaboration id="Collaboration_1">
    <bpmn2:extensionElements>
      <ifl:property><key>allowedHeaderList</key><value>X-Order|SAP_.*</value></ifl:property>
    </bpmn2:extensionElements>
    <bpmn2:messageFlow id="MessageFlow_1" name="HTTPS">
      <bpmn2:extensionElements>
        <ifl:property><key>ComponentType</key><value>HTTPS</value></ifl:property>
        <ifl:property><key>urlPath</key><value>{{Sender Endpoint}}</value></ifl:property>
        <ifl:property><key>userRole</key><value>ESBMessaging.send</value></ifl:property>
        <ifl:property><key>xsrfProtection</key><value>0</value></ifl:property>
        <ifl:property><key>direction</key><value>Sender</value></ifl:property>
      </bpmn2:extensionElements>
    </bpmn2:messageFlow>
  </bpmn2:collaboration>
</bpmn2:definitions>
"""
MODEL_PATH = "src/main/resources/scenarioflows/integrationflow/Uploaded.iflw"


def uploaded_flow(artifact: str = "Uploaded", address: str = "/uploaded", version: str = "1.0.0") -> bytes:
    """Return the archive of a flow."""
    manifest = (
        f"Manifest-Version: 1.0\r\nBundle-SymbolicName: {artifact}; singleton:=true\r\n"
        f"Bundle-Name: {artifact}\r\nBundle-Version: {version}\r\nSAP-BundleType: IntegrationFlow\r\n"
    )
    return pack(
        {
            MANIFEST: manifest.encode(),
            PARAMETERS: f"#Thu May 01 08:17:53 UTC 2025\nSender\\ Endpoint={address}\n".encode(),
            DEFINITIONS: b"<parameters><param_references/></parameters>",
            MODEL_PATH: MODEL,
            "src/main/resources/script/script1.groovy": b"def Message processData(Message message) {}",
        }
    )


def in_base64(content: bytes) -> str:
    """Return a content as clients send it."""
    return base64.b64encode(content).decode()
