"""The entity sets of integration content, designed and deployed (wire-facts 5.3)."""

from __future__ import annotations

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    EntitySet,
    EntityType,
    FunctionImport,
    Navigation,
    Property,
    Refusal,
)

# Observed (wire-facts 5.1).
COUNT_NOT_SUPPORTED = Refusal(501, "$count is not supported")
# Assumed: the text of this refusal is not on record.
NOT_LISTED = Refusal(501, "The entity set cannot be read as a whole")
# Observed: the number of entities works only for message processing logs (wire-facts 5.1).
WITHOUT_INLINE_COUNT = frozenset({"$inlinecount"})


def _strings(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name) for name in names)


RUNTIME_ARTIFACT = EntityType(
    "IntegrationRuntimeArtifact",
    key=("Id",),
    properties=(
        *_strings("Id", "Version", "Name", "Type", "DeployedBy"),
        Property("DeployedOn", EdmType.DATE_TIME),
        Property("Status"),
    ),
    navigations=(
        Navigation("ErrorInformation", "RuntimeArtifactErrorInformations", (("Id", "Id"),), many=False),
    ),
)
DEPLOY_ERROR = EntityType(
    "RuntimeArtifactErrorInformation", key=("Id",), properties=_strings("Id"), media=True
)
ENDPOINT = EntityType(
    "ServiceEndpoint",
    key=("Id",),
    properties=(
        *_strings("Name", "Id", "Title", "Version", "Summary", "Description"),
        Property("LastUpdated", EdmType.DATE_TIME),
        Property("Protocol"),
    ),
    navigations=(
        Navigation("EntryPoints", "EntryPoints", (("Id", "EndpointId"),)),
        Navigation("ApiDefinitions", "APIDefinitions", (("Id", "EndpointId"),)),
    ),
)
ENTRY_POINT = EntityType(
    "EntryPoint", key=("Url",), properties=_strings("Name", "Url", "Type", "AdditionalInformation")
)
API_DEFINITION = EntityType("Definition", key=("Url",), properties=_strings("Url", "Name"))
PACKAGE = EntityType(
    "IntegrationPackage",
    key=("Id",),
    properties=_strings(
        "Id",
        "Name",
        "Description",
        "ShortText",
        "Version",
        "Vendor",
        "Mode",
        "SupportedPlatform",
        "ModifiedBy",
        "CreationDate",
        "ModifiedDate",
        "CreatedBy",
        "Products",
        "Keywords",
        "Countries",
        "Industries",
        "LineOfBusiness",
    ),
    navigations=(
        Navigation(
            "IntegrationDesigntimeArtifacts", "IntegrationDesigntimeArtifacts", (("Id", "PackageId"),)
        ),
    ),
)
DESIGNTIME_ARTIFACT = EntityType(
    "IntegrationDesigntimeArtifact",
    key=("Id", "Version"),
    properties=_strings("Id", "Version", "PackageId", "Name", "Description", "ArtifactContent"),
    media=True,
)
DEPLOY_STATUS = EntityType("BuildAndDeployStatus", key=("TaskId",), properties=_strings("TaskId", "Status"))

CONTENT_SETS = (
    EntitySet("IntegrationRuntimeArtifacts", RUNTIME_ARTIFACT, ignored=WITHOUT_INLINE_COUNT),
    EntitySet(
        "RuntimeArtifactErrorInformations",
        DEPLOY_ERROR,
        list_refusal=NOT_LISTED,
        # Observed: only the content is there, and only for who does not accept JSON, which it is.
        entity_refusal=Refusal(404, "Requested entity could not be found."),
        content_without_json=True,
    ),
    EntitySet("ServiceEndpoints", ENDPOINT, ignored=WITHOUT_INLINE_COUNT),
    EntitySet("EntryPoints", ENTRY_POINT, list_refusal=NOT_LISTED),
    EntitySet("APIDefinitions", API_DEFINITION, list_refusal=NOT_LISTED),
    EntitySet(
        "IntegrationPackages",
        PACKAGE,
        refused={"$count": COUNT_NOT_SUPPORTED, "$inlinecount": COUNT_NOT_SUPPORTED},
    ),
    EntitySet(
        "IntegrationDesigntimeArtifacts", DESIGNTIME_ARTIFACT, list_refusal=NOT_LISTED, any_key="active"
    ),
    EntitySet("BuildAndDeployStatus", DEPLOY_STATUS, list_refusal=NOT_LISTED),
)
DEPLOY = FunctionImport("DeployIntegrationDesigntimeArtifact", "POST", ("Id", "Version"))
