-- What the tenant has of integration content, and the views of its entity sets. Column names of the views
-- are those of the entity model.
CREATE TABLE IF NOT EXISTS monitor (one PRIMARY KEY, before_id, after_id);
-- One row for each version of an artifact that was saved, and one for a draft.
CREATE TABLE IF NOT EXISTS designed (id, version, kind, name, package, description, content, newest,
                                     PRIMARY KEY (id, version));
CREATE UNIQUE INDEX IF NOT EXISTS designed_newest ON designed (id) WHERE newest;
CREATE INDEX IF NOT EXISTS designed_by_name ON designed (name);
CREATE TABLE IF NOT EXISTS configuration (artifact, version, key, value, type, description,
                                          PRIMARY KEY (artifact, version, key));
CREATE TABLE IF NOT EXISTS resource (artifact, version, name, type, content,
                                     PRIMARY KEY (artifact, version, name, type));
-- Both directions of each pair of values of a value mapping.
CREATE TABLE IF NOT EXISTS value_map (artifact, version, id, source_agency, source_id, source_value,
                                      target_agency, target_id, target_value, is_default);
CREATE TABLE IF NOT EXISTS deployed (id PRIMARY KEY, name, version, deployed_by, deployed_on, status, type,
                                     error);
CREATE TABLE IF NOT EXISTS endpoint (id PRIMARY KEY, artifact, name, version, updated, protocol, url);
CREATE TABLE IF NOT EXISTS deploy_task (id PRIMARY KEY, status);

CREATE VIEW IF NOT EXISTS IntegrationRuntimeArtifacts AS
SELECT id                 AS Id,
       version            AS Version,
       name               AS Name,
       type               AS Type,
       deployed_by        AS DeployedBy,
       deployed_on        AS DeployedOn,
       status             AS Status
FROM deployed;

CREATE VIEW IF NOT EXISTS RuntimeArtifactErrorInformations AS
SELECT id AS Id,
       json_object(
           'message', json_object('subsystemName', 'CONTENT', 'subsytemPartName', 'CONTENT_DEPLOY',
                                  'messageId', 'GenerationFailed', 'messageText', ''),
           'parameter', json_array(error)
       )                  AS "$value",
       'application/json' AS "$type"
FROM deployed WHERE status = 'ERROR';

CREATE VIEW IF NOT EXISTS ServiceEndpoints AS
SELECT artifact AS Name,
       id       AS Id,
       name     AS Title,
       version  AS Version,
       ''       AS Summary,
       ''       AS Description,
       updated  AS LastUpdated,
       protocol AS Protocol
FROM endpoint;

CREATE VIEW IF NOT EXISTS EntryPoints AS
SELECT id AS EndpointId, name AS Name, url AS Url, 'PROD' AS Type, '' AS AdditionalInformation FROM endpoint;

CREATE VIEW IF NOT EXISTS APIDefinitions AS
SELECT id AS EndpointId, url || '?wsdl' AS Url, name AS Name FROM endpoint WHERE protocol = 'SOAP';

-- Named as its entity set; columns are the properties.
CREATE TABLE IF NOT EXISTS IntegrationPackages (
    Id PRIMARY KEY, Name, Description, ShortText, Version, Vendor, Mode, SupportedPlatform, ModifiedBy,
    CreationDate, ModifiedDate, CreatedBy, Products, Keywords, Countries, Industries, LineOfBusiness
);

CREATE TABLE IF NOT EXISTS CustomTagConfigurations (Id PRIMARY KEY, CustomTagsConfigurationContent, "$value",
                                                    "$type");
CREATE TABLE IF NOT EXISTS custom_tag (name PRIMARY KEY);
CREATE TABLE IF NOT EXISTS package_tag (package, name, value, PRIMARY KEY (package, name));
CREATE VIEW IF NOT EXISTS CustomTags AS
SELECT IntegrationPackages.Id AS PackageId, custom_tag.name AS Name, coalesce(package_tag.value, '') AS Value
FROM IntegrationPackages CROSS JOIN custom_tag
LEFT JOIN package_tag ON package_tag.package = IntegrationPackages.Id AND package_tag.name = custom_tag.name;

-- No guidelines are active, so none was executed.
CREATE VIEW IF NOT EXISTS DesignGuidelineExecutionResults AS
SELECT artifact AS ArtifactId, version AS ArtifactVersion, NULL AS ExecutionId, NULL AS ExecutionStatus,
       NULL AS ExecutionTime, NULL AS "$value", NULL AS "$type"
FROM resource WHERE FALSE;

CREATE VIEW IF NOT EXISTS IntegrationDesigntimeArtifacts AS
SELECT id                AS Id,
       version           AS Version,
       package           AS PackageId,
       name              AS Name,
       description       AS Description,
       NULL              AS ArtifactContent,
       content           AS "$value",
       'application/zip' AS "$type",
       id || '.zip'      AS "$name",
       newest            AS "$newest"
FROM designed WHERE kind = 'Integration';

CREATE VIEW IF NOT EXISTS MessageMappingDesigntimeArtifacts AS
SELECT id                AS Id,
       version           AS Version,
       package           AS PackageId,
       name              AS Name,
       description       AS Description,
       NULL              AS ArtifactContent,
       content           AS "$value",
       'application/zip' AS "$type",
       id || '.zip'      AS "$name",
       newest            AS "$newest"
FROM designed WHERE kind = 'MessageMapping';

CREATE VIEW IF NOT EXISTS ValueMappingDesigntimeArtifacts AS
SELECT id                AS Id,
       version           AS Version,
       package           AS PackageId,
       name              AS Name,
       description       AS Description,
       NULL              AS ArtifactContent,
       content           AS "$value",
       'application/zip' AS "$type",
       id || '.zip'      AS "$name",
       newest            AS "$newest"
FROM designed WHERE kind = 'ValueMapping';

CREATE VIEW IF NOT EXISTS ScriptCollectionDesigntimeArtifacts AS
SELECT id                AS Id,
       version           AS Version,
       package           AS PackageId,
       name              AS Name,
       description       AS Description,
       NULL              AS ArtifactContent,
       content           AS "$value",
       'application/zip' AS "$type",
       id || '.zip'      AS "$name",
       newest            AS "$newest"
FROM designed WHERE kind = 'ScriptCollection';

CREATE VIEW IF NOT EXISTS Configurations AS
SELECT artifact    AS ArtifactId,
       version     AS ArtifactVersion,
       key         AS ParameterKey,
       value       AS ParameterValue,
       type        AS DataType,
       description AS Description
FROM configuration;

CREATE VIEW IF NOT EXISTS Resources AS
SELECT artifact                   AS ArtifactId,
       version                    AS ArtifactVersion,
       name                       AS Name,
       type                       AS ResourceType,
       NULL                       AS ReferencedResourceType,
       NULL                       AS ResourceContent,
       content                    AS "$value",
       'application/octet-stream' AS "$type",
       name                       AS "$name"
FROM resource;

CREATE VIEW IF NOT EXISTS ValMapSchema AS
SELECT DISTINCT artifact      AS ArtifactId,
                version       AS ArtifactVersion,
                source_agency AS SrcAgency,
                source_id     AS SrcId,
                target_agency AS TgtAgency,
                target_id     AS TgtId,
                ''            AS State
FROM value_map;

CREATE VIEW IF NOT EXISTS ValMaps AS
SELECT artifact      AS ArtifactId,
       version       AS ArtifactVersion,
       source_agency AS SrcAgency,
       source_id     AS SrcId,
       target_agency AS TgtAgency,
       target_id     AS TgtId,
       id            AS Id,
       source_value  AS "Value/SrcValue",
       target_value  AS "Value/TgtValue",
       is_default    AS "$default"
FROM value_map;

CREATE VIEW IF NOT EXISTS DefaultValMaps AS SELECT * FROM ValMaps WHERE "$default";

CREATE VIEW IF NOT EXISTS BuildAndDeployStatus AS
SELECT id AS TaskId, status AS Status FROM deploy_task;
