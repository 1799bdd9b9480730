-- The views of the entity sets of message processing logs. Column names are those of the entity model.
CREATE VIEW IF NOT EXISTS MessageProcessingLogs AS
SELECT log.message_id             AS MessageGuid,
       log.correlation_id         AS CorrelationId,
       log.application_message_id AS ApplicationMessageId,
       log.application_message_type AS ApplicationMessageType,
       log.start                  AS LogStart,
       log."end"                  AS LogEnd,
       log.sender                 AS Sender,
       log.receiver               AS Receiver,
       log.artifact               AS IntegrationFlowName,
       log.status                 AS Status,
       (SELECT before_id FROM monitor) || log.message_id || (SELECT after_id FROM monitor) AS AlternateWebLink,
       log.artifact               AS "IntegrationArtifact/Id",
       designed.name              AS "IntegrationArtifact/Name",
       'INTEGRATION_FLOW'         AS "IntegrationArtifact/Type",
       designed.package           AS "IntegrationArtifact/PackageId",
       designed.package           AS "IntegrationArtifact/PackageName",
       log.log_level              AS LogLevel,
       log.custom_status          AS CustomStatus,
       'NOT_RELEVANT'             AS ArchivingStatus,
       'false'                    AS ArchivingSenderChannelMessages,
       'false'                    AS ArchivingReceiverChannelMessages,
       'false'                    AS ArchivingLogAttachments,
       'false'                    AS ArchivingPersistedMessages,
       NULL                       AS TransactionId,
       NULL                       AS PreviousComponentName,
       NULL                       AS LocalComponentName,
       NULL                       AS OriginComponentName
FROM log LEFT JOIN designed ON designed.id = log.artifact AND designed.newest;

CREATE VIEW IF NOT EXISTS MessageProcessingLogErrorInformations AS
SELECT message_id      AS MessageGuid,
       'text/plain'    AS Type,
       last_error_step AS LastErrorModelStepId,
       error           AS "$value",
       'text/plain'    AS "$type"
FROM log WHERE error IS NOT NULL;

CREATE VIEW IF NOT EXISTS MessageProcessingLogCustomHeaderProperties AS
SELECT id AS Id, message_id AS MessageGuid, name AS Name, value AS Value FROM custom_headers;

CREATE VIEW IF NOT EXISTS MessageProcessingLogAdapterAttributes AS
SELECT id                 AS Id,
       message_id         AS MessageGuid,
       adapter_id         AS AdapterId,
       adapter_message_id AS AdapterMessageId,
       name               AS Name,
       value              AS Value
FROM adapter_attributes;

CREATE VIEW IF NOT EXISTS MessageProcessingLogAttachments AS
SELECT id              AS Id,
       message_id      AS MessageGuid,
       time            AS TimeStamp,
       name            AS Name,
       content_type    AS ContentType,
       length(content) AS PayloadSize,
       content         AS "$value",
       content_type    AS "$type"
FROM attachments;

CREATE VIEW IF NOT EXISTS MessageStoreEntries AS
SELECT id                         AS Id,
       message_id                 AS MessageGuid,
       store_id                   AS MessageStoreId,
       time                       AS TimeStamp,
       0                          AS HasAttachments,
       content                    AS "$value",
       'application/octet-stream' AS "$type"
FROM store_entries;

CREATE VIEW IF NOT EXISTS MessageProcessingLogRuns AS
SELECT runs.run_id     AS Id,
       runs.message_id AS MessageGuid,
       runs.start      AS RunStart,
       runs."end"      AS RunStop,
       log.log_level   AS LogLevel,
       runs.status     AS OverallState,
       'local-0'       AS ProcessId
FROM runs JOIN log ON log.message_id = runs.message_id;

-- A trace is kept for an hour, its message log for longer (wire-facts 5.7).
CREATE VIEW IF NOT EXISTS TraceMessages AS
SELECT rowid                      AS TraceId,
       message_id                 AS MplId,
       model_step_id              AS ModelStepId,
       length(payload)            AS PayloadSize,
       'application/octet-stream' AS MimeType,
       run_id                     AS RunId,
       position                   AS ChildCount,
       payload                    AS "$value",
       'application/octet-stream' AS "$type"
FROM run_steps
WHERE payload IS NOT NULL AND start > (julianday('now') - 2440587.5) * 86400000 - 3600000;

CREATE VIEW IF NOT EXISTS MessageProcessingLogRunSteps AS
SELECT run_id          AS RunId,
       position        AS ChildCount,
       start           AS StepStart,
       "end"           AS StepStop,
       model_step_id   AS StepId,
       model_step_id   AS ModelStepId,
       nullif(branch, '') AS BranchId,
       status          AS Status,
       error           AS Error,
       activity        AS Activity
FROM run_steps;
