"""The entity sets of designed content: packages, artifacts, their parameters and resources (wire-facts 5.3).

Properties, keys and the query options that are served are those of SAP's OpenAPI.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    EntitySet,
    EntityType,
    FunctionImport,
    Navigation,
    Property,
    Refusal,
    query_options,
    strings,
)

# Observed (wire-facts 5.1).
COUNT_NOT_SUPPORTED = Refusal(HTTPStatus.NOT_IMPLEMENTED, "$count is not supported")
# Assumed: the text of this refusal is not on record.
NOT_LISTED = Refusal(HTTPStatus.NOT_IMPLEMENTED, "The entity set cannot be read as a whole")
NO_RESOURCES = Refusal(HTTPStatus.NOT_FOUND, "There is no 'Resources' at this place of the resource path.")
# What stands for the newest version, in the spelling of SAP's OpenAPI and in that of Piper.
NEWEST = frozenset({("Version", "active"), ("Version", "Active")})
# Parameters and resources are those of one version.
ARTIFACT_KEY = (("Id", "ArtifactId"), ("Version", "ArtifactVersion"))


@dataclass(frozen=True, slots=True)
class ArtifactKind:
    """A kind of artifact: how the API calls it, its manifest, the runtime, and the file of a package."""

    name: str
    bundle_type: str
    runtime_type: str
    words: str
    package_type: str

    @property
    def missing(self) -> str:
        """What the API says where there is none: observed for integration flows, assumed for others."""
        return f"{self.name} design time artifact not found"

    @property
    def set_name(self) -> str:
        """The name of its entity set."""
        return f"{self.name}DesigntimeArtifacts"


FLOW = ArtifactKind("Integration", "IntegrationFlow", "INTEGRATION_FLOW", "integration flow", "IFlow")
MESSAGE_MAPPING = ArtifactKind(
    "MessageMapping", "MessageMapping", "MESSAGE_MAPPING", "message mapping", "MessageMapping"
)
VALUE_MAPPING = ArtifactKind("ValueMapping", "ValueMapping", "VALUE_MAPPING", "value mapping", "ValueMapping")
SCRIPTS = ArtifactKind(
    "ScriptCollection", "ScriptCollection", "SCRIPT_COLLECTION", "script collection", "ScriptCollection"
)
KINDS = (FLOW, MESSAGE_MAPPING, VALUE_MAPPING, SCRIPTS)
KIND_OF_SET = {each.set_name: each for each in KINDS}
KIND_OF_NAME = {each.name: each for each in KINDS}

CONFIGURATION = EntityType(
    "Configuration",
    key=("ParameterKey",),
    properties=strings("ParameterKey ParameterValue DataType Description"),
)
RESOURCE = EntityType(
    "Resource",
    key=("Name", "ResourceType"),
    properties=(
        *strings("Name ResourceType ReferencedResourceType"),
        Property("ResourceContent", EdmType.BINARY),
    ),
    media=True,
)
PACKAGE = EntityType(
    "IntegrationPackage",
    key=("Id",),
    properties=strings(
        "Id Name Description ShortText Version Vendor Mode SupportedPlatform ModifiedBy "
        "CreationDate ModifiedDate CreatedBy Products Keywords Countries Industries "
        "LineOfBusiness"
    ),
    navigations=tuple(Navigation(each.set_name, each.set_name, (("Id", "PackageId"),)) for each in KINDS),
)
_CONFIGURATIONS = Navigation("Configurations", "Configurations", ARTIFACT_KEY)
_RESOURCES = Navigation("Resources", "Resources", ARTIFACT_KEY)
_NAVIGATIONS = {
    FLOW: (_CONFIGURATIONS, _RESOURCES),
    # Observed: the metadata has them, the tenant answers 404 (wire-facts 5.6).
    MESSAGE_MAPPING: (Navigation("Resources", "Resources", ARTIFACT_KEY, refusal=NO_RESOURCES),),
    VALUE_MAPPING: (),
    SCRIPTS: (_RESOURCES,),
}


def _artifact_set(kind: ArtifactKind, listed: str | None, of_one: str) -> EntitySet:
    artifact = EntityType(
        f"{kind.name}DesigntimeArtifact",
        key=("Id", "Version"),
        properties=(
            *strings("Id Version PackageId Name Description"),
            Property("ArtifactContent", EdmType.BINARY),
        ),
        navigations=_NAVIGATIONS[kind],
        media=True,
    )
    return EntitySet(
        kind.set_name,
        artifact,
        list_refusal=NOT_LISTED if listed is None else None,
        # Observed of the lists of a package: $top is served, $skip and $inlinecount have no effect.
        ignored=frozenset({"$inlinecount"}),
        options=query_options(listed or "top skip"),
        entity_options=query_options(of_one),
        any_keys=NEWEST,
        newest="$newest",
        missing=kind.missing,
        file_content=True,
    )


DEPLOY_STATUS = EntityType(
    "BuildAndDeployStatus", key=("TaskId",), properties=(Property("TaskId"), Property("Status"))
)
DESIGN_SETS = (
    EntitySet(
        "IntegrationPackages",
        PACKAGE,
        refused={"$count": COUNT_NOT_SUPPORTED, "$inlinecount": COUNT_NOT_SUPPORTED},
        options=query_options("top skip"),
        entity_options=query_options(""),
    ),
    _artifact_set(FLOW, None, "select"),
    _artifact_set(MESSAGE_MAPPING, "top skip select orderby", "select"),
    _artifact_set(VALUE_MAPPING, "top skip select orderby", ""),
    _artifact_set(SCRIPTS, None, "select"),
    EntitySet(
        "Configurations",
        CONFIGURATION,
        list_refusal=NOT_LISTED,
        options=query_options("filter select orderby"),
    ),
    EntitySet(
        "Resources",
        RESOURCE,
        list_refusal=NOT_LISTED,
        options=query_options("filter select orderby"),
        entity_options=query_options("select"),
        file_content=True,
    ),
    EntitySet(
        "BuildAndDeployStatus", DEPLOY_STATUS, list_refusal=NOT_LISTED, entity_options=query_options("")
    ),
)
DEPLOYMENTS = {f"Deploy{each.name}DesigntimeArtifact": each for each in KINDS}
VERSIONS = {f"{each.name}DesigntimeArtifactSaveAsVersion": each for each in KINDS}
COPY_PACKAGE = "CopyIntegrationPackage"
DESIGN_FUNCTIONS = (
    *(FunctionImport(name, "POST", ("Id", "Version")) for name in DEPLOYMENTS),
    *(FunctionImport(name, "POST", ("Id", "SaveAsVersion")) for name in VERSIONS),
    FunctionImport(COPY_PACKAGE, "POST", ("Id", "ImportMode", "Suffix")),
)
