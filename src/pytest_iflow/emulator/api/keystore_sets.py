"""The entity sets of the keystore: entries, certificates and chains (wire-facts 5.8).

Names, keys and types are those of SAP's public metadata, query options those of its OpenAPI.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from pytest_iflow.emulator.api.design_sets import NOT_LISTED
from pytest_iflow.emulator.api.operation_sets import NONE, typed
from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.filter import ROOT_ALIAS, TRUE, Sql
from pytest_iflow.emulator.odata.model import (
    EntitySet,
    EntityType,
    Navigation,
    ODataError,
    Property,
    Refusal,
    query_options,
    strings,
)
from pytest_iflow.emulator.odata.resource_path import Segment

ENTRIES, CHAINS, KEYSTORES, HISTORY = (
    "KeystoreEntries",
    "ChainCertificates",
    "Keystores",
    "HistoryKeystoreEntries",
)
SYSTEM = "system"
OTHERS = ("backup_admin_system", "KeyRenewal", "KeyHistory")
# The column of entries that says where they are; no property of theirs.
KEYSTORE_NAME = "KeystoreName"
# Contents of an entry: the set, and the navigation that leads there.
CONTENTS = {
    "CertificateResources": "Certificate",
    "CertificateChainResources": "ChainResource",
    "CertificateSigningRequests": "SigningRequest",
    "SSHKeyResources": "Sshkey",
}
# What is sent to make a key pair; none of it can be read.
GENERATION, IMPORT = "KeyPairGenerationRequests", "KeyPairResources"
# Assumed: the text of this refusal is not on record.
NO_FORMAT = Refusal(HTTPStatus.BAD_REQUEST, "The query option $format is not supported.")
OF_ALIAS = (("Hexalias", "Hexalias"),)
SELECT = query_options("select")
_CERTIFICATE = (
    *strings("Hexalias Alias KeyType"),
    Property("KeySize", EdmType.INT32),
    *typed(EdmType.DATE_TIME_OFFSET, "ValidNotBefore ValidNotAfter"),
    *strings("SerialNumber SignatureAlgorithm"),
)
_NAMES = (
    *strings("Validity SubjectDN IssuerDN"),
    Property("Version", EdmType.INT32),
    *strings("FingerprintSha1 FingerprintSha256 FingerprintSha512"),
)
_ENTRY = (
    *_CERTIFICATE,
    Property("EllipticCurve"),
    *_NAMES,
    *strings("Type Owner LastModifiedBy"),
    Property("LastModifiedTime", EdmType.DATE_TIME_OFFSET),
    Property("CreatedBy"),
    Property("CreatedTime", EdmType.DATE_TIME_OFFSET),
    Property("Status"),
)
KEYSTORE_ENTRY = EntityType(
    "KeystoreEntry",
    key=("Hexalias",),
    properties=_ENTRY,
    navigations=(
        Navigation(CHAINS, CHAINS, OF_ALIAS),
        Navigation("Keystore", KEYSTORES, ((KEYSTORE_NAME, "Name"),), many=False),
        *(Navigation(name, target, OF_ALIAS, many=False) for target, name in CONTENTS.items()),
    ),
)
HISTORY_ENTRY = EntityType(
    "HistoryKeystoreEntry",
    key=("Hexalias",),
    properties=(
        *_ENTRY,
        Property("ActivatedBy"),
        Property("ActiveFrom", EdmType.DATE_TIME_OFFSET),
        Property("DeactivatedBy"),
        Property("ActiveUntil", EdmType.DATE_TIME_OFFSET),
        Property("ActivationSequenceNumber", EdmType.INT32),
        Property("OriginalAlias"),
    ),
)
CHAIN_CERTIFICATE = EntityType(
    "ChainCertificate",
    key=("Hexalias", "Index"),
    properties=(*_CERTIFICATE, Property("Index", EdmType.INT32), *_NAMES),
    navigations=(Navigation("KeystoreEntry", ENTRIES, OF_ALIAS, many=False),),
)
KEYSTORE = EntityType(
    "Keystore",
    key=("Name",),
    properties=(
        *strings("Name LastModifiedBy"),
        Property("LastModifiedTime", EdmType.DATE_TIME_OFFSET),
        Property("Size", EdmType.INT32),
    ),
    navigations=(Navigation("Entries", ENTRIES, (("Name", KEYSTORE_NAME),)),),
)
_SUBJECT = "CommonName OrganizationUnit Organization Locality State Country Email"
GENERATION_REQUEST = EntityType(
    "KeyPairGenerationRequest",
    key=("Hexalias",),
    properties=(
        *_CERTIFICATE,
        *strings(f"EllipticCurve KeyAlgorithmParameter {_SUBJECT}"),
    ),
)
KEY_PAIR = EntityType(
    "KeyPairResource",
    key=("Hexalias",),
    properties=(*strings("Hexalias Alias"), Property("Resource", EdmType.BINARY), Property("Password")),
)
KEYSTORE_SETS = (
    EntitySet(ENTRIES, KEYSTORE_ENTRY, refused={"$format": NO_FORMAT}, options=SELECT, entity_options=SELECT),
    EntitySet(CHAINS, CHAIN_CERTIFICATE, list_refusal=NOT_LISTED, options=SELECT),
    EntitySet(KEYSTORES, KEYSTORE, list_refusal=NOT_LISTED, entity_options=query_options("select expand")),
    EntitySet(HISTORY, HISTORY_ENTRY, options=SELECT, entity_options=SELECT),
    *(
        EntitySet(
            name,
            EntityType(name.removesuffix("s"), key=("Hexalias",), properties=strings("Hexalias"), media=True),
            list_refusal=NOT_LISTED,
            entity_options=NONE,
        )
        for name in CONTENTS
    ),
    EntitySet(GENERATION, GENERATION_REQUEST, list_refusal=NOT_LISTED),
    EntitySet(IMPORT, KEY_PAIR, list_refusal=NOT_LISTED),
)
KEYSTORE_NAMES = frozenset(each.name for each in KEYSTORE_SETS)


def keystore_condition(path: list[Segment], options: Mapping[str, str]) -> Sql:
    """Return the condition that ``keystoreName`` sets; raises ODataError for a name that there is not.

    All keystores but the tenant's own are empty.
    """
    name = options.get("keystoreName", SYSTEM)
    if not path or path[0].name not in KEYSTORE_NAMES - {HISTORY}:
        return TRUE
    named = str(path[0].key[0][1]) if path[0].name == KEYSTORES and path[0].key else SYSTEM
    for each in (name, named):
        if each not in {SYSTEM, *OTHERS}:
            raise ODataError(HTTPStatus.BAD_REQUEST, f"Keystore name '{each}' is invalid.")
    if name != SYSTEM and path[0].key is not None:
        raise ODataError(HTTPStatus.NOT_FOUND, "Alias not found in the keystore")
    if name != SYSTEM:
        return Sql.of("{0} = {1}", Sql.column(ROOT_ALIAS, KEYSTORE_NAME), Sql.value(name))
    return TRUE
