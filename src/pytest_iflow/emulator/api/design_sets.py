"""The entity sets of designed content: packages, artifacts, their parameters and resources (wire-facts 5.3).

Properties, keys and the query options that are served are those of SAP's OpenAPI.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from pytest_iflow.emulator.api.custom_tags import CONFIGURATIONS, CONTENT, TAGS
from pytest_iflow.emulator.api.value_mappings import DELETE, SET_DEFAULT, UPSERT
from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    ComplexProperty,
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
GUIDELINE_RESULTS = "DesignGuidelineExecutionResults"
# Parameters, resources and values are those of one version.
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
_VALUE = ComplexProperty("Value", "Value", strings("SrcValue TgtValue"))
_SCHEMA_KEY = ("SrcAgency", "SrcId", "TgtAgency", "TgtId")
_VALUES_OF = tuple((name, name) for name in ("ArtifactId", "ArtifactVersion", *_SCHEMA_KEY))
CUSTOM_TAG = EntityType("CustomTag", key=("Name",), properties=strings("Name Value"))
TAG_CONFIGURATION = EntityType(
    "CustomTagConfiguration", key=("Id",), properties=strings(f"Id {CONTENT}"), media=True
)
GUIDELINE_RESULT = EntityType(
    "DesignGuidlineExecutionResult",
    key=("ExecutionId",),
    properties=strings("ExecutionId ArtifactVersion ExecutionStatus ExecutionTime"),
    media=True,
)
VALUE_SCHEMA = EntityType(
    "ValMapSchema",
    key=_SCHEMA_KEY,
    properties=strings("SrcAgency SrcId TgtAgency TgtId State"),
    navigations=tuple(Navigation(name, name, _VALUES_OF) for name in ("ValMaps", "DefaultValMaps")),
)
PACKAGE = EntityType(
    "IntegrationPackage",
    key=("Id",),
    properties=strings(
        "Id Name Description ShortText Version Vendor Mode SupportedPlatform ModifiedBy "
        "CreationDate ModifiedDate CreatedBy Products Keywords Countries Industries "
        "LineOfBusiness"
    ),
    navigations=tuple(
        Navigation(name, name, (("Id", "PackageId"),)) for name in (*(each.set_name for each in KINDS), TAGS)
    ),
)
_CONFIGURATIONS = Navigation("Configurations", "Configurations", ARTIFACT_KEY)
_RESOURCES = Navigation("Resources", "Resources", ARTIFACT_KEY)
_NAVIGATIONS = {
    FLOW: (
        _CONFIGURATIONS,
        _RESOURCES,
        Navigation(GUIDELINE_RESULTS, GUIDELINE_RESULTS, ARTIFACT_KEY),
    ),
    # Observed: the metadata has them, the tenant answers 404 (wire-facts 5.6).
    MESSAGE_MAPPING: (Navigation("Resources", "Resources", ARTIFACT_KEY, refusal=NO_RESOURCES),),
    VALUE_MAPPING: (Navigation("ValMapSchema", "ValMapSchema", ARTIFACT_KEY),),
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
    EntitySet("ValMapSchema", VALUE_SCHEMA, list_refusal=NOT_LISTED, options=query_options("filter")),
    *(
        EntitySet(
            name,
            EntityType(name, key=("Id",), properties=(Property("Id"), _VALUE)),
            list_refusal=NOT_LISTED,
            options=query_options(options),
        )
        for name, options in (("ValMaps", "filter"), ("DefaultValMaps", ""))
    ),
    EntitySet(TAGS, CUSTOM_TAG, list_refusal=NOT_LISTED, options=query_options("top skip orderby")),
    EntitySet(CONFIGURATIONS, TAG_CONFIGURATION, list_refusal=NOT_LISTED, entity_options=query_options("")),
    EntitySet(
        GUIDELINE_RESULTS,
        GUIDELINE_RESULT,
        list_refusal=NOT_LISTED,
        options=query_options(""),
        entity_options=query_options("expand"),
    ),
    EntitySet(
        "BuildAndDeployStatus", DEPLOY_STATUS, list_refusal=NOT_LISTED, entity_options=query_options("")
    ),
)
DEPLOYMENTS = {f"Deploy{each.name}DesigntimeArtifact": each for each in KINDS}
VERSIONS = {f"{each.name}DesigntimeArtifactSaveAsVersion": each for each in KINDS}
_OF_VALUES = ("Id", "Version", *_SCHEMA_KEY)
VALUE_FUNCTIONS = {
    UPSERT: (*_OF_VALUES, "ValMapId", "SrcValue", "TgtValue", "IsConfigured"),
    SET_DEFAULT: (*_OF_VALUES, "ValMapId", "IsConfigured"),
    DELETE: _OF_VALUES,
}
GUIDELINES = "ExecuteIntegrationDesigntimeArtifactsGuidelines"
COPY_PACKAGE = "CopyIntegrationPackage"
DESIGN_FUNCTIONS = (
    *(FunctionImport(name, "POST", ("Id", "Version")) for name in DEPLOYMENTS),
    *(FunctionImport(name, "POST", ("Id", "SaveAsVersion")) for name in VERSIONS),
    *(FunctionImport(name, "POST", parameters) for name, parameters in VALUE_FUNCTIONS.items()),
    FunctionImport(GUIDELINES, "POST", ("Id", "Version")),
    FunctionImport(COPY_PACKAGE, "POST", ("Id", "ImportMode", "Suffix")),
)
