-- What the tenant has of integration content, and the views of its entity sets. Column names of the views
-- are those of the entity model.
CREATE TABLE IF NOT EXISTS monitor (one PRIMARY KEY, before_id, after_id);
CREATE TABLE IF NOT EXISTS designed (id PRIMARY KEY, name, package, version, content);
CREATE INDEX IF NOT EXISTS designed_by_name ON designed (name);
CREATE TABLE IF NOT EXISTS deployed (id PRIMARY KEY, name, version, deployed_by, deployed_on, status);
CREATE TABLE IF NOT EXISTS endpoint (id PRIMARY KEY, artifact, name, version, updated, protocol, url);
CREATE TABLE IF NOT EXISTS deploy_task (id PRIMARY KEY, status);

CREATE VIEW IF NOT EXISTS IntegrationRuntimeArtifacts AS
SELECT id                 AS Id,
       version            AS Version,
       name               AS Name,
       'INTEGRATION_FLOW' AS Type,
       deployed_by        AS DeployedBy,
       deployed_on        AS DeployedOn,
       status             AS Status
FROM deployed;

CREATE VIEW IF NOT EXISTS RuntimeArtifactErrorInformations AS
SELECT id AS Id,
       json_object(
           'message', json_object('subsystemName', 'CONTENT', 'subsytemPartName', 'CONTENT_DEPLOY',
                                  'messageId', 'GenerationFailed', 'messageText', ''),
           'parameter', json_array(id)
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

CREATE VIEW IF NOT EXISTS IntegrationPackages AS
SELECT DISTINCT
       package             AS Id,
       package             AS Name,
       NULL                AS Description,
       'Flows of the local tenant' AS ShortText,
       '1.0.0'             AS Version,
       NULL                AS Vendor,
       'EDIT_ALLOWED'      AS Mode,
       'SAP Cloud Integration' AS SupportedPlatform,
       NULL                AS ModifiedBy,
       NULL                AS CreationDate,
       NULL                AS ModifiedDate,
       NULL                AS CreatedBy,
       NULL                AS Products,
       NULL                AS Keywords,
       NULL                AS Countries,
       NULL                AS Industries,
       NULL                AS LineOfBusiness
FROM designed;

CREATE VIEW IF NOT EXISTS IntegrationDesigntimeArtifacts AS
SELECT id                AS Id,
       version           AS Version,
       package           AS PackageId,
       name              AS Name,
       NULL              AS Description,
       NULL              AS ArtifactContent,
       content           AS "$value",
       'application/zip' AS "$type"
FROM designed;

CREATE VIEW IF NOT EXISTS BuildAndDeployStatus AS
SELECT id AS TaskId, status AS Status FROM deploy_task;
