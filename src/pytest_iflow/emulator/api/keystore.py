"""The keystore: certificates and key pairs are imported, made, renamed and deleted (wire-facts 5.8).

Statuses and texts are those of SAP's OpenAPI. The renewal keystore, the backup and the history are empty.
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
import time
from collections.abc import Mapping
from http import HTTPStatus

from pytest_iflow.emulator.api.keystore_entries import (
    KeystoreItem,
    described,
    is_trusted,
    new_key_pair,
    read_certificate,
    read_key_pair,
)
from pytest_iflow.emulator.api.keystore_sets import (
    CHAINS,
    CONTENTS,
    ENTRIES,
    GENERATION,
    IMPORT,
    KEYSTORE_NAME,
    KEYSTORE_SETS,
    KEYSTORES,
    OTHERS,
    SYSTEM,
)
from pytest_iflow.emulator.api.operation_sets import create_set_tables
from pytest_iflow.emulator.api.packages import USER
from pytest_iflow.emulator.odata.changes import Rows, read_entity, string_key
from pytest_iflow.emulator.odata.model import Model, ODataError, not_offered
from pytest_iflow.emulator.odata.resource_path import Segment
from pytest_iflow.emulator.odata.service import ODataCall, ODataService, without_body
from pytest_iflow.emulator.wire_answer import WireAnswer

MILLISECONDS = 1000
SAP, ADMINISTRATOR = "SAP", "Tenant Administrator"
SAP_KEY_PAIR = "sap_cloudintegrationcertificate"
RESERVED = frozenset({"hcicertificate", "hcicertificate1", "hcimsgcertificate"})
MOST_OCTETS = 10_000
LONGEST_ALIAS = 250


class Keystore:
    """Keeps the tables of ``KEYSTORE_SETS``; ``service`` reads them. Whoever calls it holds their lock."""

    def __init__(self, model: Model, database: sqlite3.Connection, service: ODataService) -> None:
        self._model = model
        self._service = service
        self._rows = Rows(database)
        self._items: dict[str, KeystoreItem] = {}
        create_set_tables(database, KEYSTORE_SETS, {ENTRIES: KEYSTORE_NAME})

    def prepare(self) -> None:
        """Make SAP's own key pair, when the keystore is looked at first: that takes a moment."""
        if SAP_KEY_PAIR not in self._items:
            self._put(SAP_KEY_PAIR, new_key_pair({"CommonName": "local-tenant", "Organization": SAP}), SAP)

    def make(self, call: ODataCall, path: list[Segment]) -> WireAnswer:
        """Make a change; raises ODataError."""
        first, names = path[0], [each.name for each in path]
        match call.method, names:
            case "PUT", ["CertificateResources", "$value"]:
                self._import_certificate(call, self._alias(first))
            case "POST", ["KeyPairGenerationRequests"] if first.key is None:
                self._generate(call)
            case "POST", ["KeyPairResources"] if first.key is None:
                self._import_key_pair(call)
            case "PUT", ["KeystoreEntries"] if first.key is not None:
                renamed = self._rename(call, self._alias(first))
                if call.options.get("returnHexAlias") == "true":
                    return WireAnswer(
                        HTTPStatus.OK, (("content-type", "application/json"),), f"[{renamed}]".encode()
                    )
            case "DELETE", ["KeystoreEntries"] if first.key is not None:
                alias = self._alias(first)
                _require_own(alias)
                self._need(alias)
                self._drop(alias)
            case _:
                raise not_offered()
        if call.options.get("returnKeystoreEntries") == "true":
            return self._service.read(ENTRIES, {}, call.accept)
        return without_body(HTTPStatus.NO_CONTENT)

    def _import_certificate(self, call: ODataCall, alias: str) -> None:
        if len(call.body) > MOST_OCTETS:
            raise ODataError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The certificate is too large.")
        self._require_free(alias, call.options)
        item = KeystoreItem((read_certificate(call.body),))
        self._require_trust(item, call.options)
        self._put(alias, item)

    def _import_key_pair(self, call: ODataCall) -> None:
        values = read_entity(call.body, call.content_type, self._model.set(IMPORT))
        alias = str(values.get("Alias") or "")
        self._require_free(alias, call.options)
        try:
            content = base64.b64decode(str(values.get("Resource") or ""), validate=True)
        except binascii.Error as error:
            raise ODataError(HTTPStatus.BAD_REQUEST, "Resource is not in base64.") from error
        item = read_key_pair(content, str(values.get("Password") or ""))
        self._require_trust(item, call.options)
        self._put(alias, item)

    def _generate(self, call: ODataCall) -> None:
        values = read_entity(call.body, call.content_type, self._model.set(GENERATION))
        alias = str(values.get("Alias") or "")
        self._require_free(alias, {})
        if not values.get("CommonName"):
            raise ODataError(HTTPStatus.BAD_REQUEST, "Property 'CommonName' must not be null.")
        self._put(alias, new_key_pair(values))

    def _rename(self, call: ODataCall, alias: str) -> str:
        """Give an entry another alias, and return that in hexadecimal."""
        read_entity(call.body, call.content_type, self._model.set(ENTRIES))
        other = call.options.get("renameAlias", "")
        _require_own(alias)
        item = self._need(alias)
        self._require_free(other, {})
        self._put(other, item)
        self._drop(alias)
        return _hexalias(other)

    def _require_free(self, alias: str, options: Mapping[str, str]) -> None:
        """Require that an alias can be given, or with ``update=true`` that it is."""
        if not alias or len(alias) > LONGEST_ALIAS:
            raise ODataError(HTTPStatus.BAD_REQUEST, "The alias is empty or too long.")
        _require_own(alias)
        is_update = options.get("update") == "true"
        if (alias in self._items) is not is_update:
            known = "does not exist" if is_update else "already exists"
            raise ODataError(HTTPStatus.BAD_REQUEST, f'Keystore entry with alias "{alias}" {known}')

    def _require_trust(self, item: KeystoreItem, options: Mapping[str, str]) -> None:
        """Require that the keystore has who signed the last of a chain, or that the caller checked it."""
        known = [each.certificate for each in self._items.values()]
        if options.get("fingerprintVerified") != "true" and not is_trusted(item.chain[-1], known):
            # SAP's OpenAPI has no text.
            text = "Trust path to the certificate could not be established."
            raise ODataError(HTTPStatus.CONFLICT, text)

    def _need(self, alias: str) -> KeystoreItem:
        if alias not in self._items:
            raise ODataError(HTTPStatus.NOT_FOUND, f"Alias '{alias}' not found in the keystore")
        return self._items[alias]

    def _alias(self, segment: Segment) -> str:
        text = string_key(self._model.set(segment.name), segment)["Hexalias"]
        try:
            return bytes.fromhex(text).decode()
        except ValueError as error:
            # The text of SAP's OpenAPI for a length that is odd; assumed for the rest.
            raise ODataError(
                HTTPStatus.INTERNAL_SERVER_ERROR, f"hexBinary needs to be even-length: {text}"
            ) from error

    def _put(self, alias: str, item: KeystoreItem, owner: str = ADMINISTRATOR) -> None:
        key = {"Hexalias": _hexalias(alias)}
        now, user = round(time.time() * MILLISECONDS), SAP if owner == SAP else USER
        created = {} if alias in self._items else {"CreatedBy": user, "CreatedTime": now}
        self._drop_contents(key)
        self._items[alias] = item
        told = {
            **described(item.certificate),
            "Alias": alias,
            "Type": item.type,
            "Owner": owner,
            "LastModifiedBy": user,
            "LastModifiedTime": now,
            "Status": "unchanged",
            KEYSTORE_NAME: SYSTEM,
        }
        self._rows.put(ENTRIES, key, {**created, **told})
        if item.private_key is not None:
            for index, certificate in enumerate(item.chain):
                link = described(certificate)
                del link["EllipticCurve"]
                self._rows.insert(CHAINS, {**key, "Alias": alias, "Index": index, **link})
        for table, media_type, content in item.contents():
            self._rows.insert(table, {**key, "$value": content, "$type": media_type})
        self._count(user, now)

    def _drop(self, alias: str) -> None:
        key = {"Hexalias": _hexalias(alias)}
        del self._items[alias]
        self._rows.delete(ENTRIES, key)
        self._drop_contents(key)
        self._count(USER, round(time.time() * MILLISECONDS))

    def _drop_contents(self, key: Mapping[str, str]) -> None:
        for table in (CHAINS, *CONTENTS):
            self._rows.delete(table, key)

    def _count(self, user: str, now: int) -> None:
        told = {"LastModifiedBy": user, "LastModifiedTime": now, "Size": len(self._items)}
        self._rows.put(KEYSTORES, {"Name": SYSTEM}, told)
        for name in OTHERS[:2]:
            self._rows.put(KEYSTORES, {"Name": name}, {"Size": 0})


def _require_own(alias: str) -> None:
    """Refuse what is SAP's: the aliases that SAP's OpenAPI names."""
    if alias in RESERVED or alias.startswith("sap_"):
        raise ODataError(HTTPStatus.FORBIDDEN, None)


def _hexalias(alias: str) -> str:
    return alias.encode().hex().upper()
