"""Import of WSDL 1.1: one feature for a service, a scenario for each operation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from pytest_iflow.drafts.draft import (
    Fate,
    FeatureDraft,
    FileDraft,
    IflowDraft,
    Remark,
    ScenarioDraft,
    StepDraft,
    SuiteDraft,
    TenantDraft,
)
from pytest_iflow.drafts.feature_text import fits_doc_string, in_quotes, literal
from pytest_iflow.drafts.file_names import Names, file_name, iflow_name
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.description_files import environment_of, read_description, source_of
from pytest_iflow.imports.json_values import NoExampleError
from pytest_iflow.imports.kinds import Request
from pytest_iflow.imports.wsdl_description import SoapOperation, WsdlDescription, body_of, part_of, read_wsdl
from pytest_iflow.imports.xml_examples import XmlExamples
from pytest_iflow.imports.xml_schemas import Find

_SOAP_ADDRESS = "/cxf/"


def read_draft(request: Request) -> SuiteDraft:
    """Read a WSDL file; raises ConfigurationError where it is none, or cannot be read."""
    path = source_of(request, "a WSDL 1.1")
    wsdl = read_wsdl(path.name, files_beside(path))
    if not wsdl.operations:
        raise ConfigurationError("The WSDL has no operation that can be called by SOAP.", where=str(path))
    folder = file_name(wsdl.service)
    address = wsdl.address
    remarks = [Remark(Fate.LEFT, origin, what) for origin, what in wsdl.unread]
    if not address.startswith(_SOAP_ADDRESS):
        what = (
            f"The WSDL names {address or 'no address'}, which is that of no SOAP sender: correct the address."
        )
        address = f"{_SOAP_ADDRESS}{folder}"
        remarks.append(Remark(Fate.CHANGED, f"iFlow {iflow_name(wsdl.service)}", what))
    made = soap_scenarios(wsdl, iflow_name(wsdl.service), folder)
    feature = FeatureDraft(
        f"features/{folder}.feature",
        wsdl.service,
        made.scenarios,
        f"Made of {path.name}. Payloads are examples of its schemas.",
    )
    iflow = IflowDraft(iflow_name(wsdl.service), address)
    tenant = TenantDraft(request.tenant, environment_of(request), iflows=(iflow,))
    tenants = (tenant,) if made.scenarios else ()
    return SuiteDraft(path.name, (feature,), made.files, tenants, (*remarks, *made.remarks))


def files_beside(path: Path) -> Find:
    """Return what gives the files that lie in the folder of a file, or below it; others are not read."""
    folder = path.parent.resolve()

    def find(name: str) -> bytes | None:
        place = (folder / name).resolve()
        if not place.is_relative_to(folder) or not place.is_file():
            return read_description(path) if name == path.name else None
        return read_description(place)

    return find


class SoapScenarios:
    """What is made of the operations of a service, and what became of each."""

    def __init__(
        self,
        scenarios: tuple[ScenarioDraft, ...],
        files: tuple[FileDraft, ...],
        remarks: tuple[Remark, ...],
    ) -> None:
        self.scenarios = scenarios
        self.files = files
        self.remarks = remarks


def soap_scenarios(wsdl: WsdlDescription, iflow: str, folder: str) -> SoapScenarios:
    """Return a scenario for each operation that calls an iFlow, with its payload below ``payloads/FOLDER``."""
    remarks: list[Remark] = []
    try:
        examples = XmlExamples(wsdl.schemas.build())
    except ConfigurationError as error:
        return SoapScenarios((), (), (Remark(Fate.LEFT, wsdl.service, error.what),))
    remarks += [
        Remark(Fate.CHANGED, location, "This schema is not there, so it is not read.")
        for location in wsdl.schemas.missing
    ]
    scenarios, files, names = [], [], Names()
    for operation in wsdl.operations:
        try:
            body = _xml(body_of(operation, examples))
            headers = [_xml(part_of(each, examples)).decode() for each in operation.headers]
        except NoExampleError as error:
            remarks.append(Remark(Fate.LEFT, operation.name, f"No message can be made: {error}."))
            continue
        path = f"{folder}/{names.add_file(file_name(operation.name), '.xml')}"
        files.append(FileDraft(f"payloads/{path}", body))
        headers = [each.rstrip("\n") for each in headers if fits_doc_string(each)]
        steps = tuple(_steps(operation, headers, path, iflow))
        scenarios.append(ScenarioDraft(operation.name, steps, operation.name))
        fate, what = Fate.TAKEN, f'The scenario "{operation.name}".'
        if operation.is_encoded:
            fate, what = Fate.CHANGED, "The WSDL wants SOAP encoding; the message has no xsi:type in it."
        remarks.append(Remark(fate, operation.name, what))
    return SoapScenarios(tuple(scenarios), tuple(files), tuple(remarks))


def _steps(operation: SoapOperation, headers: list[str], path: str, iflow: str) -> Iterator[StepDraft]:
    keyword = "Given"
    action = in_quotes(literal(operation.action)) if operation.action else None
    if action is not None:
        yield StepDraft(keyword, f"the SOAP action is {action}")
        keyword = "And"
    for each in headers:
        yield StepDraft(keyword, "the SOAP header:", literal(each))
        keyword = "And"
    envelope = "a SOAP 1.2 envelope" if operation.version == "1.2" else "a SOAP envelope"
    yield StepDraft("When", f'I send the file "{path}" in {envelope} to the iFlow "{iflow}"')
    yield StepDraft("Then", "the message is accepted")
    answer = operation.answer or ()
    if operation.style == "document" and len(answer) == 1 and answer[0].element:
        name = etree.QName(answer[0].element).localname
        yield StepDraft("And", f'the response value at "//{name}" exists')


def _xml(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False) + b"\n"
