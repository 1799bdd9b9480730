"""The entity sets of the API: message processing logs (wire-facts 5.2) and the runtime's content (5.3).

The query options that are served are those of SAP's OpenAPI. Message processing logs are read from the
views of ``log_views.sql``. The names of those sets that are reached by navigation are assumed, and which
properties are null for every message of the local tenant; so is everything about runs and their steps.
"""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.emulator.api.design_sets import NOT_LISTED
from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    ComplexProperty,
    EntitySet,
    EntityType,
    Navigation,
    Property,
    Refusal,
    query_options,
    strings,
)

# Observed on those sets that only a message processing log leads to (wire-facts 5.1).
ONLY_BY_NAVIGATION = Refusal(
    HTTPStatus.INTERNAL_SERVER_ERROR, "Only retrievable via navigation from MessageProcessingLogs entity"
)
LOG_KEY = (("MessageGuid", "MessageGuid"),)
# Observed: the number of entities works only for message processing logs (wire-facts 5.1).
WITHOUT_INLINE_COUNT = frozenset({"$inlinecount"})


ARTIFACT = ComplexProperty(
    "IntegrationArtifact",
    "IntegrationArtifact",
    strings("Id Name Type PackageId PackageName"),
)
LOG = EntityType(
    "MessageProcessingLog",
    key=("MessageGuid",),
    properties=(
        *strings("MessageGuid CorrelationId ApplicationMessageId ApplicationMessageType"),
        Property("LogStart", EdmType.DATE_TIME),
        Property("LogEnd", EdmType.DATE_TIME),
        *strings("Sender Receiver IntegrationFlowName Status AlternateWebLink"),
        ARTIFACT,
        *strings(
            "LogLevel CustomStatus ArchivingStatus ArchivingSenderChannelMessages "
            "ArchivingReceiverChannelMessages ArchivingLogAttachments "
            "ArchivingPersistedMessages TransactionId PreviousComponentName "
            "LocalComponentName OriginComponentName"
        ),
    ),
    navigations=(
        Navigation("CustomHeaderProperties", "MessageProcessingLogCustomHeaderProperties", LOG_KEY),
        Navigation("MessageStoreEntries", "MessageStoreEntries", LOG_KEY),
        Navigation("ErrorInformation", "MessageProcessingLogErrorInformations", LOG_KEY, many=False),
        Navigation("AdapterAttributes", "MessageProcessingLogAdapterAttributes", LOG_KEY),
        Navigation("Attachments", "MessageProcessingLogAttachments", LOG_KEY),
        Navigation("Runs", "MessageProcessingLogRuns", LOG_KEY),
    ),
)
ERROR_INFORMATION = EntityType(
    "MessageProcessingLogErrorInformation",
    key=("MessageGuid",),
    properties=strings("MessageGuid Type LastErrorModelStepId"),
    media=True,
)
CUSTOM_HEADER = EntityType(
    "MessageProcessingLogCustomHeaderProperty",
    key=("Id",),
    properties=strings("Id Name Value"),
    navigations=(Navigation("Log", "MessageProcessingLogs", LOG_KEY, many=False),),
)
ADAPTER_ATTRIBUTE = EntityType(
    "MessageProcessingLogAdapterAttribute",
    key=("Id",),
    properties=strings("Id AdapterId AdapterMessageId Name Value"),
    navigations=(Navigation("MessageProcessingLog", "MessageProcessingLogs", LOG_KEY, many=False),),
)
ATTACHMENT = EntityType(
    "MessageProcessingLogAttachment",
    key=("Id",),
    properties=(
        *strings("Id MessageGuid"),
        Property("TimeStamp", EdmType.DATE_TIME),
        *strings("Name ContentType"),
        Property("PayloadSize", EdmType.INT64),
    ),
    media=True,
)
STORE_ENTRY = EntityType(
    "MessageStoreEntry",
    key=("Id",),
    properties=(
        *strings("Id MessageGuid MessageStoreId"),
        Property("TimeStamp", EdmType.DATE_TIME),
        Property("HasAttachments", EdmType.BOOLEAN),
    ),
    media=True,
)
RUN = EntityType(
    "MessageProcessingLogRun",
    key=("Id",),
    properties=(
        Property("Id"),
        Property("RunStart", EdmType.DATE_TIME),
        Property("RunStop", EdmType.DATE_TIME),
        *strings("LogLevel OverallState ProcessId"),
    ),
    navigations=(Navigation("RunSteps", "MessageProcessingLogRunSteps", (("Id", "RunId"),)),),
)
RUN_STEP = EntityType(
    "MessageProcessingLogRunStep",
    key=("RunId", "ChildCount"),
    properties=(
        Property("RunId"),
        Property("ChildCount", EdmType.INT32),
        Property("StepStart", EdmType.DATE_TIME),
        Property("StepStop", EdmType.DATE_TIME),
        *strings("StepId ModelStepId BranchId Status Error Activity"),
    ),
    navigations=(
        Navigation("TraceMessages", "TraceMessages", (("RunId", "RunId"), ("ChildCount", "ChildCount"))),
    ),
)

# Oldest first unless the caller says otherwise (assumed).
LOG_SETS = (
    EntitySet(
        "MessageProcessingLogs",
        LOG,
        order="LogStart",
        only_equal=frozenset(
            {"MessageGuid", "CorrelationId", "ApplicationMessageId", "IntegrationArtifact/Id"}
        ),
        options=query_options("inlinecount top skip filter orderby select"),
        entity_options=query_options("select expand"),
    ),
    EntitySet(
        "MessageProcessingLogCustomHeaderProperties",
        CUSTOM_HEADER,
        options=query_options("inlinecount top skip filter orderby select expand"),
        orders=frozenset({"Name,Value", "Name desc,Value desc"}),
    ),
    *(
        EntitySet(
            name,
            entity_type,
            list_refusal=ONLY_BY_NAVIGATION,
            options=options,
            entity_options=options,
        )
        for name, entity_type, options in (
            ("MessageProcessingLogErrorInformations", ERROR_INFORMATION, query_options("")),
            ("MessageProcessingLogAdapterAttributes", ADAPTER_ATTRIBUTE, query_options("select")),
            ("MessageProcessingLogAttachments", ATTACHMENT, query_options("")),
            ("MessageStoreEntries", STORE_ENTRY, query_options("")),
            # SAP's OpenAPI does not have these two: all that the engine knows.
            ("MessageProcessingLogRuns", RUN, None),
            ("MessageProcessingLogRunSteps", RUN_STEP, None),
        )
    ),
)
RUNTIME_ARTIFACT = EntityType(
    "IntegrationRuntimeArtifact",
    key=("Id",),
    properties=(
        *strings("Id Version Name Type DeployedBy"),
        Property("DeployedOn", EdmType.DATE_TIME),
        Property("Status"),
    ),
    navigations=(
        Navigation("ErrorInformation", "RuntimeArtifactErrorInformations", (("Id", "Id"),), many=False),
    ),
)
DEPLOY_ERROR = EntityType(
    "RuntimeArtifactErrorInformation", key=("Id",), properties=strings("Id"), media=True
)
ENDPOINT = EntityType(
    "ServiceEndpoint",
    key=("Id",),
    properties=(
        *strings("Name Id Title Version Summary Description"),
        Property("LastUpdated", EdmType.DATE_TIME),
        Property("Protocol"),
    ),
    navigations=(
        Navigation("EntryPoints", "EntryPoints", (("Id", "EndpointId"),)),
        Navigation("ApiDefinitions", "APIDefinitions", (("Id", "EndpointId"),)),
    ),
)
ENTRY_POINT = EntityType(
    "EntryPoint", key=("Url",), properties=strings("Name Url Type AdditionalInformation")
)
API_DEFINITION = EntityType("Definition", key=("Url",), properties=strings("Url Name"))
RUNTIME_SETS = (
    EntitySet(
        "IntegrationRuntimeArtifacts",
        RUNTIME_ARTIFACT,
        ignored=WITHOUT_INLINE_COUNT,
        options=query_options("select filter top skip inlinecount orderby"),
        entity_options=query_options(""),
    ),
    EntitySet(
        "RuntimeArtifactErrorInformations",
        DEPLOY_ERROR,
        list_refusal=NOT_LISTED,
        # Observed: only the content can be read, and only by a caller that does not accept JSON. It is JSON.
        entity_refusal=Refusal(HTTPStatus.NOT_FOUND, "Requested entity could not be found."),
        content_without_json=True,
    ),
    EntitySet(
        "ServiceEndpoints",
        ENDPOINT,
        ignored=WITHOUT_INLINE_COUNT,
        options=query_options("top skip filter select expand inlinecount"),
    ),
    EntitySet("EntryPoints", ENTRY_POINT, list_refusal=NOT_LISTED),
    EntitySet("APIDefinitions", API_DEFINITION, list_refusal=NOT_LISTED),
)
