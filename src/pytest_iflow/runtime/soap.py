"""SOAP envelopes around what a feature sends: SOAP 1.1 and 1.2, and IDocs as SOAP senders take them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern

IDOC_NAMESPACE = "urn:sap-com:document:sap:idoc:soap:messages"
"""Namespace of an IDoc in a SOAP message (wire-facts 4.9)."""

_DECLARATION = lazy_pattern(r"\s*<\?xml\b[^>]*\?>")
_ROOT = lazy_pattern(r"(?:\s|<!--.*?-->)*<([^\s/>!?]+)([^>]*)", re.DOTALL)
_DEFAULT_NAMESPACE = lazy_pattern(r"\bxmlns\s*=")


class SoapVersion(Struct, frozen=True):
    """A version of SOAP: its namespace, and the Content-Type of its messages."""

    number: str
    namespace: str
    content_type: str

    def headers(self, action: str) -> dict[str, str]:
        """Return the HTTP headers of a message with this SOAP action.

        SOAP 1.1 has the header SOAPAction, always there and in quotes; SOAP 1.2 has a parameter of the
        Content-Type (wire-facts 4.8).
        """
        if self is SOAP_11:
            return {"Content-Type": self.content_type, "SOAPAction": f'"{action}"'}
        return {"Content-Type": self.content_type + (f'; action="{action}"' if action else "")}


SOAP_11 = SoapVersion("1.1", "http://schemas.xmlsoap.org/soap/envelope/", "text/xml; charset=UTF-8")
SOAP_12 = SoapVersion("1.2", "http://www.w3.org/2003/05/soap-envelope", "application/soap+xml; charset=UTF-8")


def in_envelope(content: str, version: SoapVersion, headers: Sequence[str] = ()) -> str:
    """Return a SOAP message with ``content`` as its body, as it is written, and these headers.

    An XML declaration of the content is left out. Raises ``ConfigurationError`` for content that is no
    well-formed XML, that has a document type, which SOAP forbids, or that is an envelope itself.
    """
    from lxml import etree

    body = _DECLARATION.sub("", content.lstrip("\ufeff"), count=1) if "<?xml" in content else content
    head = f"<soap:Header>{''.join(headers)}</soap:Header>" if headers else ""
    message = (
        f'<soap:Envelope xmlns:soap="{version.namespace}">{head}<soap:Body>{body}</soap:Body></soap:Envelope>'
    )
    try:
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
        envelope = etree.fromstring(message.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ConfigurationError(
            f"what goes into the SOAP envelope is no well-formed XML: {error.msg}",
            remedy="write the elements of the SOAP body alone: the step adds envelope and body",
        ) from None
    for child in envelope.iterfind(f"{{{version.namespace}}}Body/*"):
        if isinstance(child.tag, str) and etree.QName(child).localname == "Envelope":
            raise ConfigurationError(
                "what goes into the SOAP envelope is an envelope already",
                remedy='send it as it is: I send a POST request to the iFlow "…" with the body:',
            )
    return message


def idoc_body(content: str) -> str:
    """Return an IDoc in XML as the body of a SOAP message: in its namespace, where it names none."""
    content = _DECLARATION.sub("", content.lstrip("\ufeff"), count=1)
    root = _ROOT.match(content)
    if root is None:
        raise ConfigurationError(
            "what is sent as an IDoc is no XML",
            remedy="send a flat IDoc as a file: "
            'I send a POST request to the iFlow "…" with the file "order.idoc"',
        )
    name, attributes = root[1], root[2]
    if ":" in name or _DEFAULT_NAMESPACE.search(attributes):
        return content
    begin = root.start(2)
    return f'{content[:begin]} xmlns="{IDOC_NAMESPACE}"{content[begin:]}'
