"""Service keys of Process Integration Runtime (wire-facts 2.1 to 2.4)."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.secrets.registry import register_basic, register_secret
from pytest_iflow.tenants.key_url import tidy_url

_COPY_AGAIN = "Copy the whole service key from the SAP BTP cockpit, from the first { to the last }."
_PLACEHOLDER = lazy_pattern(r"<[^<>]*>")
_SECRET_FIELD = lazy_pattern(r'"(?:clientsecret|password)"\s*:\s*"((?:[^"\\]|\\.)*+)"')
_JSON_BEGINS = lazy_pattern(r"""(?:^|(?<=\s))[{](?=\s*["}])""")
_RUNTIME_OR_API_HOST = lazy_pattern(r"\.it-[^.]*?(?P<runtime>-rt)?\.")


class Plan(enum.Enum):
    """The plan of a service instance: what its keys are good for."""

    INTEGRATION_FLOW = "integration-flow"
    API = "api"


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """Credentials and addresses of one OAuth client; ``repr`` shows no secret.

    ``url`` is the host of the runtime (plan integration-flow) or of the API (plan api), without a
    slash at its end; ``certificate`` and ``private_key`` are PEM; ``source`` names where it was read.
    """

    client_id: str
    client_secret: str | None = field(repr=False)
    token_url: str
    url: str
    plan: Plan
    certificate: str | None = field(repr=False)
    private_key: str | None = field(repr=False)
    source: str

    @property
    def kind(self) -> Literal["secret", "certificate"]:
        """What the client proves itself with at the token service."""
        return "certificate" if self.client_secret is None else "secret"


def parse_service_key(text: str, source: str) -> ServiceKey:
    """Read a service key as the cockpit or ``cf service-key`` prints it; registers its secrets.

    Raises ConfigurationError, which never shows a value of the key, when the key cannot be used.
    """
    for written in _SECRET_FIELD.findall(text):  # of doubled ones each, and of a key that is refused
        register_secret(written)
    fields = _fields(_json_object(text, source))
    _refuse_half_characters(fields, source)
    _register_secrets(fields)
    _refuse_neo(fields, source)
    _refuse_half_filled(fields, source)
    url = tidy_url(fields["url"], "url", source)
    return ServiceKey(
        client_id=fields["clientid"],
        client_secret=fields.get("clientsecret"),
        token_url=tidy_url(fields["tokenurl"], "tokenurl", source),
        url=url,
        plan=_plan(fields["clientid"], url),
        certificate=_pem(fields, "certificate", source),
        private_key=_pem(fields, "key", source),
        source=source,
    )


def _json_object(text: str, source: str) -> Mapping[str, Any]:
    """Return the one JSON object of ``text``.

    Around it may stand what the cf command line says of its work, in any language.
    """
    text = text.removeprefix("\ufeff")
    # Errors are not chained: a JSONDecodeError holds the whole text, secret included.
    try:
        begins = _JSON_BEGINS.search(text)
        if begins is None:
            document = json.loads(text)
        else:
            document, end = json.JSONDecoder().raw_decode(text, begins.start())
            _refuse_rest(text, end, source)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"The service key is not JSON: {error.msg}.",
            where=f"{source}, line {error.lineno}, column {error.colno}",
            remedy=_not_json_hint(text),
        ) from None
    except (ValueError, RecursionError) as error:
        why = (
            "it is nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
        )
        raise ConfigurationError(
            f"The service key cannot be read: {why}.", where=source, remedy=_COPY_AGAIN
        ) from None
    if isinstance(document, dict):
        return document
    raise ConfigurationError("The service key is not a JSON object.", where=source, remedy=_COPY_AGAIN)


def _refuse_rest(text: str, end: int, source: str) -> None:
    """Raise where more than prose follows the JSON object that ends at ``end``."""
    if text[end:].partition("\n")[0].strip():
        raise json.JSONDecodeError("Extra data", text, end)
    if second := _JSON_BEGINS.search(text, end):
        line = text.count("\n", 0, second.end()) + 1
        raise ConfigurationError(
            f"The text holds several JSON objects, the second in line {line}: which one is the service key?",
            where=source,
            remedy="Keep the one of the service instance that is meant, and delete the rest.",
        )


def _refuse_half_characters(fields: Mapping[str, str], source: str) -> None:
    """Refuse halves of characters, which no header or form can carry: a wrong escape, or bytes of no text."""
    for name, value in fields.items():
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ConfigurationError(
                f'"{name}" of the service key holds a character that is none.',
                where=source,
                remedy=_COPY_AGAIN,
            )


def _not_json_hint(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        return f"It is empty. {_COPY_AGAIN}"
    if start.startswith("'") or (start.startswith("{") and ":" in start and '"' not in start):
        return (
            "The shell has changed the quotes: every name and value needs double quotes. Save the key to a "
            "file and give the path instead, or put the whole JSON between single quotes (not in cmd.exe)."
        )
    if "{" not in start and ("/" in start or "\\" in start or start.rstrip().endswith(".json")):
        return "It looks like a path where the key itself is expected. Give the content of that file."
    return _COPY_AGAIN


def _fields(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the filled texts of a key: flat, under ``oauth``, or as ``cf service-key`` nests them."""
    for level in ("credentials", "oauth"):
        if isinstance(inner := document.get(level), dict):
            document = inner
    texts = {name: value.strip() for name, value in document.items() if isinstance(value, str)}
    return {name: value for name, value in texts.items() if value and not _PLACEHOLDER.fullmatch(value)}


def _register_secrets(fields: Mapping[str, str]) -> None:
    for name in ("clientsecret", "password"):
        if name in fields:
            register_basic(fields.get("clientid", ""), fields[name])
    if "key" in fields:
        private_key = _with_line_breaks(fields["key"])
        body = [line for line in private_key.splitlines() if "-----" not in line and ":" not in line]
        for part in (private_key, "".join(body), *body):
            register_secret(part)


def _refuse_neo(fields: Mapping[str, str], source: str) -> None:
    """Neo has no such keys; its hosts and fields give it away (wire-facts 2.4)."""
    neo_host = any("hcisbp" in value or "oauthasservices" in value for value in fields.values())
    basic_user = "clientid" not in fields and {"uri", "user", "username", "password"} & fields.keys()
    if neo_host or basic_user:
        raise ConfigurationError(
            "This is no service key of Process Integration Runtime: it looks like the Neo environment.",
            where=source,
            remedy=(
                "Neo has no service keys of this kind. Use a tenant in the Cloud Foundry environment: "
                "cockpit > Instances and Subscriptions > Process Integration Runtime > Create service key."
            ),
        )


def _refuse_half_filled(fields: Mapping[str, str], source: str) -> None:
    missing = [name for name in ("clientid", "tokenurl", "url") if name not in fields]
    remedy = _COPY_AGAIN
    if "clientsecret" not in fields:
        pair = [name for name in ("certificate", "key") if name not in fields]
        missing += ["clientsecret"] if len(pair) > 1 else pair
        if pair == ["key"]:
            remedy = (
                "A key of type External Certificate comes without its private key: add that yourself, as PEM "
                'with \\n for each line break, in the field "key".'
            )
    if missing:
        raise ConfigurationError(f"The service key lacks {', '.join(missing)}.", where=source, remedy=remedy)


def _with_line_breaks(pem: str) -> str:
    r"""Turn the two characters ``\n`` that JSON displays show into line breaks (wire-facts 2.2)."""
    return pem.replace("\\r", "").replace("\\n", "\n").replace("\r", "")


def _pem(fields: Mapping[str, str], name: str, source: str) -> str | None:
    if name not in fields:
        return None
    pem = _with_line_breaks(fields[name]).strip() + "\n"
    if not re.match(r"-----BEGIN [A-Z0-9 ]+-----\n", pem):
        raise ConfigurationError(
            f'"{name}" of the service key is not PEM: it does not begin with a line like '
            "-----BEGIN CERTIFICATE-----.",
            where=source,
            remedy=_COPY_AGAIN,
        )
    return pem


def _plan(client_id: str, url: str) -> Plan:
    """Recognise the plan from the client id, else from the host (wire-facts 2.2 and 2.4)."""
    if "|it!b" in client_id:
        return Plan.API
    host = _RUNTIME_OR_API_HOST.search(urlsplit(url).hostname or "")
    if "|it-rt-" in client_id or host is None or host["runtime"]:
        return Plan.INTEGRATION_FLOW
    return Plan.API
