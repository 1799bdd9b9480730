"""The message that goes through an iFlow: body, headers, properties, attachments, notes for its log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from lxml import etree
from msgspec import Struct, field

CHARSET_PROPERTY = "CamelCharsetName"
"""Property or header that names the charset of the body, as Camel's ``Exchange.CHARSET_NAME`` does."""

EXCEPTION_PROPERTY = "CamelExceptionCaught"
"""Property that holds a :class:`CaughtException` within an exception sub-process, as in Camel."""

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes or characters; a body that is larger ends its message."""


class BodyError(Exception):
    """The body is not what a step needs; the text is fit for the message log."""


class Headers(MutableMapping[str, Any]):
    """Headers by name in any case; the case of the first writing stays, as in Camel's CaseInsensitiveMap."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        self._entries: dict[str, tuple[str, Any]] = {}
        self.update(entries)

    def __getitem__(self, name: str) -> Any:
        return self._entries[name.lower()][1]

    def __setitem__(self, name: str, value: Any) -> None:
        known = self._entries.get(name.lower())
        self._entries[name.lower()] = (known[0] if known else name, value)

    def __delitem__(self, name: str) -> None:
        del self._entries[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._entries

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Headers({dict(self)!r})"

    def held(self) -> Iterator[Any]:
        """Yield the values."""
        return (value for _, value in self._entries.values())

    def copy(self) -> Headers:
        """Return other headers with the same values."""
        other = Headers()
        other._entries = self._entries.copy()
        return other


class Attachment(Struct, frozen=True):
    """What travels beside the body, or is kept in the message log."""

    name: str
    content: bytes
    content_type: str = "text/plain"


class CaughtException(Struct, frozen=True):
    """The exception that a step raised, as scripts and ``${exception…}`` see it.

    ``class_name`` is a Java name. Status, response body and response headers are those of an HTTP receiver's
    answer, where one led to the exception (``AhcOperationFailedException`` and its kin have them).
    """

    message: str
    class_name: str = "java.lang.Exception"
    status_code: int | None = None
    status_text: str = ""
    response_body: str | bytes = ""
    response_headers: Mapping[str, str] = field(default_factory=dict)
    step: str = ""
    """Model id of the step that raised it."""
    step_name: str = ""


class LogNotes(Struct):
    """What steps and scripts leave in the message log; shared by all copies of a message.

    Custom header properties may hold one name several times. String properties are those of
    ``messageLog.setStringProperty``; values are text, as the log shows them.
    """

    custom_headers: list[tuple[str, str]] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)


class Message:
    """One message on its way; steps change it in place.

    ``body`` is text, bytes or None. Camel's streams are cached on a tenant, so the body can be read any
    number of times. Values of ``properties`` and ``headers`` are what steps and scripts put there: text
    mostly, but also numbers, booleans, None, lists and dicts.
    """

    __slots__ = ("_body", "_tree", "attachments", "headers", "log", "properties")

    def __init__(
        self,
        body: str | bytes | None = None,
        headers: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
        attachments: Mapping[str, Attachment] | None = None,
        log: LogNotes | None = None,
    ) -> None:
        self._body = body
        self._tree: etree._Element | None = None
        self.headers = Headers(headers or {})
        self.properties: dict[str, Any] = dict(properties or {})
        self.attachments: dict[str, Attachment] = dict(attachments or {})
        self.log = LogNotes() if log is None else log

    @property
    def body(self) -> str | bytes | None:
        """The body as the last step left it."""
        return self._body

    @body.setter
    def body(self, value: str | bytes | None) -> None:
        if value is not None and len(value) > LARGEST_BODY:
            raise BodyError(
                f"the body has {len(value)} bytes, more than the local tenant takes ({LARGEST_BODY})"
            )
        self._body = value
        self._tree = None

    @property
    def charset(self) -> str:
        """The charset that header or property name for the body, else UTF-8."""
        named = self.headers.get(CHARSET_PROPERTY) or self.properties.get(CHARSET_PROPERTY)
        return str(named or "utf-8")

    def text(self) -> str:
        """Return the body as text; an empty one for no body.

        Raises BodyError where bytes are no text of the charset.
        """
        body = self._body
        if isinstance(body, bytes):
            try:
                return body.decode(self.charset)
            except (LookupError, UnicodeDecodeError) as error:
                raise BodyError(f"the body is no text in {self.charset}: {error}") from error
        return body or ""

    def binary(self) -> bytes:
        """Return the body as bytes; text is encoded in the charset of the message."""
        body = self._body
        if isinstance(body, str):
            try:
                return body.encode(self.charset)
            except (LookupError, UnicodeEncodeError) as error:
                raise BodyError(f"the body cannot be written in {self.charset}: {error}") from error
        return body or b""

    def tree(self) -> etree._Element:
        """Return the root element of the XML body, parsed once for each body; it is not to be changed.

        Raises BodyError where the body is no XML. No external entity is read, and no DTD.
        """
        if self._tree is None:
            self._tree = parsed_xml(self._body)
        return self._tree

    def release_tree(self) -> None:
        """Forget the parsed body, which takes ten times the memory of its text."""
        self._tree = None

    def replace_by(self, other: Message) -> None:
        """Make this message what another one is."""
        self._body, self._tree = other._body, other._tree
        self.headers, self.properties, self.attachments = other.headers, other.properties, other.attachments

    def copy(self) -> Message:
        """Return another message with the same values, for a branch of its own; the notes are shared."""
        other = Message(self._body, None, self.properties, self.attachments, self.log)
        other.headers = self.headers.copy()
        other._tree = self._tree
        return other


def parsed_xml(body: str | bytes | None) -> etree._Element:
    """Return the root element of an XML document; raises BodyError where it is none."""
    if not body or not body.strip():
        raise BodyError("the body is empty, but the step needs XML")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if isinstance(body, str):
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
        )
        body = body.lstrip("\ufeff").encode("utf-8", "surrogatepass")
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BodyError(f"the body is no well-formed XML: {error.msg}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        for entity in root.iter(etree.Entity):
            raise BodyError(
                f"the body has the entity {entity.text} of a document type, which is not resolved"
            )
    return root
