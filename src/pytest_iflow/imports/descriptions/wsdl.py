"""Import of WSDL 1.1: one feature for a service, a scenario for each operation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from msgspec import Struct

from pytest_iflow.drafts.draft import (
    Fate,
    FeatureDraft,
    FileDraft,
    Remark,
    ScenarioDraft,
    StepDraft,
    SuiteDraft,
    TenantDraft,
)
from pytest_iflow.drafts.feature_text import fits_doc_string, in_quotes, literal
from pytest_iflow.drafts.file_names import Names, file_name
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.descriptions.files import read_description, source_of
from pytest_iflow.imports.descriptions.wsdl_description import (
    SoapOperation,
    WsdlDescription,
    body_of,
    part_of,
    read_wsdl,
)
from pytest_iflow.imports.destination import Destination, other_case
from pytest_iflow.imports.kinds import Request
from pytest_iflow.imports.messages.json_values import NoExampleError
from pytest_iflow.imports.messages.xml_examples import XmlExamples
from pytest_iflow.imports.messages.xml_schemas import Find

_SOAP_ADDRESS = "/cxf/"


def read_draft(request: Request) -> SuiteDraft:
    """Read a WSDL file; raises ConfigurationError where it is none, or cannot be read."""
    path = source_of(request, "a WSDL 1.1")
    wsdl = read_wsdl(path.name, files_beside(path))
    if not wsdl.operations:
        raise ConfigurationError("The WSDL has no operation that can be called by SOAP.", where=str(path))
    folder = file_name(wsdl.service)
    destination = Destination(request)
    address = wsdl.address
    remarks = [Remark(Fate.LEFT, origin, what) for origin, what in wsdl.unread]
    if not address.startswith(_SOAP_ADDRESS):
        named = address or "no address"
        what = f"The WSDL names {named}, which is that of no SOAP sender: correct it in the tenant file."
        address = f"{_SOAP_ADDRESS}{folder}"
        remarks.append(Remark(Fate.CHANGED, f"address of {wsdl.service}", what))
    flow = destination.addresses.called(address, "")
    remarks += filter(None, [other_case(f"address of {wsdl.service}", flow)])
    missing = "This schema is not there, so it is not read."
    remarks += [Remark(Fate.CHANGED, location, missing) for location in wsdl.schemas.missing]
    made = list(_scenarios(wsdl, flow.name, folder))
    remarks += [remark for _, _, remark in made]
    scenarios = tuple(scenario for scenario, _, _ in made if scenario)
    feature = FeatureDraft(
        f"features/{folder}.feature",
        wsdl.service,
        scenarios,
        f"Made of {path.name}. Payloads are examples of its schemas.",
    )
    tenant = TenantDraft(destination.tenant, destination.environment, iflows=destination.iflows())
    files = tuple(file for _, file, _ in made if file)
    return SuiteDraft(path.name, (feature,), files, (tenant,) if scenarios else (), tuple(remarks))


def files_beside(path: Path) -> Find:
    """Return what gives the files that lie in the folder of a file, or below it; others are not read."""
    folder = path.parent.resolve()

    def find(name: str) -> bytes | None:
        place = (folder / name).resolve()
        if not place.is_relative_to(folder) or not place.is_file():
            return read_description(path) if name == path.name else None
        return read_description(place)

    return find


class SoapMessage(Struct, frozen=True):
    """A message for an operation: the body of its envelope, and what goes into its header."""

    operation: SoapOperation
    body: bytes
    headers: tuple[str, ...]


def soap_messages(wsdl: WsdlDescription) -> Iterator[SoapMessage | tuple[str, str]]:
    """Yield a message for each operation, or its name with the reason why there is none.

    Raises ConfigurationError where the schemas are not understood.
    """
    examples = XmlExamples(wsdl.schemas.build())
    for operation in wsdl.operations:
        try:
            body = _xml(body_of(operation, examples))
            headers = [_xml(part_of(each, examples)).decode().rstrip("\n") for each in operation.headers]
        except NoExampleError as error:
            yield operation.name, f"No message can be made: {error}."
            continue
        yield SoapMessage(operation, body, tuple(each for each in headers if fits_doc_string(each)))


def _scenarios(
    wsdl: WsdlDescription, iflow: str, folder: str
) -> Iterator[tuple[ScenarioDraft | None, FileDraft | None, Remark]]:
    """Yield the scenario of each operation, its payload below ``payloads/FOLDER``, and what became of it."""
    names = Names()
    for message in soap_messages(wsdl):
        if not isinstance(message, SoapMessage):
            yield None, None, Remark(Fate.LEFT, *message)
            continue
        operation = message.operation
        path = f"{folder}/{names.add_file(file_name(operation.name), '.xml')}"
        steps = tuple(_steps(message, path, iflow))
        fate, what = Fate.TAKEN, f'The scenario "{operation.name}".'
        if operation.is_encoded:
            fate, what = Fate.CHANGED, "The WSDL wants SOAP encoding; the message has no xsi:type in it."
        yield (
            ScenarioDraft(operation.name, steps, operation.name),
            FileDraft(f"payloads/{path}", message.body),
            Remark(fate, operation.name, what),
        )


def _steps(message: SoapMessage, path: str, iflow: str) -> Iterator[StepDraft]:
    operation, keyword = message.operation, "Given"
    action = in_quotes(literal(operation.action)) if operation.action else None
    if action is not None:
        yield StepDraft(keyword, f"the SOAP action is {action}")
        keyword = "And"
    for each in message.headers:
        yield StepDraft(keyword, "the SOAP header:", literal(each))
        keyword = "And"
    envelope = "a SOAP 1.2 envelope" if operation.version == "1.2" else "a SOAP envelope"
    yield StepDraft("When", f'I send the file "{path}" in {envelope} to the iFlow "{iflow}"')
    yield StepDraft("Then", "the message is accepted")
    answer = operation.answer or ()
    if operation.style == "document" and len(answer) == 1 and answer[0].element:
        found = in_quotes(f"//{answer[0].element.rpartition('}')[2]}")
        if found is not None:
            yield StepDraft("And", f"the response value at {found} exists")


def _xml(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False) + b"\n"
