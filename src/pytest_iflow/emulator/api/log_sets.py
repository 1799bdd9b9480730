"""The entity sets of message processing logs, and the views that they are read from (wire-facts 5.2).

What the names of those sets are that are reached by navigation, and which properties of the tenant's are
null for every message of the local tenant, is assumed; so is everything about runs and their steps.
"""

from __future__ import annotations

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    ComplexProperty,
    EntitySet,
    EntityType,
    Navigation,
    Property,
    Refusal,
)

# Observed on those sets that only a message processing log leads to (wire-facts 5.1).
ONLY_BY_NAVIGATION = Refusal(500, "Only retrievable via navigation from MessageProcessingLogs entity")
OF_LOG = (("MessageGuid", "MessageGuid"),)


def _strings(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name) for name in names)


ARTIFACT = ComplexProperty(
    "IntegrationArtifact",
    "IntegrationArtifact",
    _strings("Id", "Name", "Type", "PackageId", "PackageName"),
)
LOG = EntityType(
    "MessageProcessingLog",
    key=("MessageGuid",),
    properties=(
        *_strings("MessageGuid", "CorrelationId", "ApplicationMessageId", "ApplicationMessageType"),
        Property("LogStart", EdmType.DATE_TIME),
        Property("LogEnd", EdmType.DATE_TIME),
        *_strings("Sender", "Receiver", "IntegrationFlowName", "Status", "AlternateWebLink"),
        ARTIFACT,
        *_strings(
            "LogLevel",
            "CustomStatus",
            "ArchivingStatus",
            "ArchivingSenderChannelMessages",
            "ArchivingReceiverChannelMessages",
            "ArchivingLogAttachments",
            "ArchivingPersistedMessages",
            "TransactionId",
            "PreviousComponentName",
            "LocalComponentName",
            "OriginComponentName",
        ),
    ),
    navigations=(
        Navigation("CustomHeaderProperties", "MessageProcessingLogCustomHeaderProperties", OF_LOG),
        Navigation("MessageStoreEntries", "MessageStoreEntries", OF_LOG),
        Navigation("ErrorInformation", "MessageProcessingLogErrorInformations", OF_LOG, many=False),
        Navigation("AdapterAttributes", "MessageProcessingLogAdapterAttributes", OF_LOG),
        Navigation("Attachments", "MessageProcessingLogAttachments", OF_LOG),
        Navigation("Runs", "MessageProcessingLogRuns", OF_LOG),
    ),
)
ERROR_INFORMATION = EntityType(
    "MessageProcessingLogErrorInformation",
    key=("MessageGuid",),
    properties=_strings("MessageGuid", "Type", "LastErrorModelStepId"),
    media=True,
)
CUSTOM_HEADER = EntityType(
    "MessageProcessingLogCustomHeaderProperty",
    key=("Id",),
    properties=_strings("Id", "Name", "Value"),
    navigations=(Navigation("Log", "MessageProcessingLogs", OF_LOG, many=False),),
)
ADAPTER_ATTRIBUTE = EntityType(
    "MessageProcessingLogAdapterAttribute",
    key=("Id",),
    properties=_strings("Id", "AdapterId", "AdapterMessageId", "Name", "Value"),
    navigations=(Navigation("MessageProcessingLog", "MessageProcessingLogs", OF_LOG, many=False),),
)
ATTACHMENT = EntityType(
    "MessageProcessingLogAttachment",
    key=("Id",),
    properties=(
        *_strings("Id", "MessageGuid"),
        Property("TimeStamp", EdmType.DATE_TIME),
        *_strings("Name", "ContentType"),
        Property("PayloadSize", EdmType.INT64),
    ),
    media=True,
)
STORE_ENTRY = EntityType(
    "MessageStoreEntry",
    key=("Id",),
    properties=(
        *_strings("Id", "MessageGuid", "MessageStoreId"),
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
        *_strings("LogLevel", "OverallState", "ProcessId"),
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
        *_strings("StepId", "ModelStepId", "BranchId", "Status", "Error", "Activity"),
    ),
)

# Oldest first unless the caller says otherwise (assumed).
LOG_SETS = (
    EntitySet("MessageProcessingLogs", LOG, order="LogStart"),
    *(
        EntitySet(name, entity_type, list_refusal=ONLY_BY_NAVIGATION)
        for name, entity_type in (
            ("MessageProcessingLogErrorInformations", ERROR_INFORMATION),
            ("MessageProcessingLogCustomHeaderProperties", CUSTOM_HEADER),
            ("MessageProcessingLogAdapterAttributes", ADAPTER_ATTRIBUTE),
            ("MessageProcessingLogAttachments", ATTACHMENT),
            ("MessageStoreEntries", STORE_ENTRY),
            ("MessageProcessingLogRuns", RUN),
            ("MessageProcessingLogRunSteps", RUN_STEP),
        )
    ),
)
