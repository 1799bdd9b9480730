"""Encoders and decoders: Base64, GZIP, ZIP, URL, MIME multipart (SAP's page "Define an Encoder")."""

from __future__ import annotations

import base64
import binascii
import email.policy
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from urllib.parse import quote_plus, unquote_plus

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import LARGEST_BODY, Attachment, Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.settings import Settings, header_fits
from pytest_iflow.iflow_model.flow import Step

_GZIP = 16 + zlib.MAX_WBITS
_DATA_FORMAT_ERROR = "java.io.IOException"


def _changing_body(change: Callable[[Message], str | bytes]) -> Callable[[Step, DeployedFlow], Action]:
    def make(_step: Step, _deployed: DeployedFlow) -> Action:
        def act(_processing: Processing, message: Message) -> None:
            message.body = change(message)

        return act

    return make


def _base64_encoded(message: Message) -> str:
    """One line; that there are no line breaks is assumed."""
    return base64.b64encode(message.binary()).decode()


def _base64_decoded(message: Message) -> bytes:
    try:
        return base64.b64decode(re.sub(rb"\s", b"", message.binary()), validate=True)
    except binascii.Error as error:
        raise StepError(f"the body is no Base64: {error}", _DATA_FORMAT_ERROR) from error


def _gzip_packed(message: Message) -> bytes:
    packer = zlib.compressobj(wbits=_GZIP)
    return packer.compress(message.binary()) + packer.flush()


def _gzip_unpacked(message: Message) -> bytes:
    """Unpack; raises StepError for what is no GZIP, or is larger than a body may be."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        found = unpacker.decompress(message.binary(), LARGEST_BODY)
    except zlib.error as error:
        raise StepError(f"the body is no GZIP: {error}", _DATA_FORMAT_ERROR) from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise StepError("the GZIP body is damaged, or larger than the local tenant takes", _DATA_FORMAT_ERROR)
    return found


def _zip_packed(message: Message) -> bytes:
    """One entry, named by ``CamelFileName``, else by an id, as Camel's zip file format does."""
    name = str(message.headers.get("CamelFileName") or "message")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name.rpartition("/")[2], message.binary())
    message.headers["CamelFileName"] = f"{name}.zip"
    return held.getvalue()


def _zip_unpacked(message: Message) -> bytes:
    """The first entry; more than one is an error, as in Camel's zip file format."""
    try:
        with zipfile.ZipFile(io.BytesIO(message.binary())) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
            if len(entries) != 1:
                raise StepError(
                    f"the ZIP has {len(entries)} entries; the decoder unpacks one",
                    "java.lang.IllegalStateException",
                )
            if entries[0].file_size > LARGEST_BODY:
                raise StepError("the ZIP's entry is larger than the local tenant takes", _DATA_FORMAT_ERROR)
            with archive.open(entries[0]) as file:
                found = file.read(LARGEST_BODY)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise StepError(f"the body is no ZIP: {error}", _DATA_FORMAT_ERROR) from error
    message.headers["CamelFileName"] = entries[0].filename
    return found


base64_encoder = _changing_body(_base64_encoded)
base64_decoder = _changing_body(_base64_decoded)
gzip_compression = _changing_body(_gzip_packed)
gzip_decompression = _changing_body(_gzip_unpacked)
zip_compression = _changing_body(_zip_packed)
zip_decompression = _changing_body(_zip_unpacked)
url_encoder = _changing_body(lambda message: quote_plus(message.text(), safe="*-._"))
url_decoder = _changing_body(lambda message: unquote_plus(message.text(), errors="strict"))


def mime_encoder(step: Step, deployed: DeployedFlow) -> Action:
    """Return what makes a MIME multipart of body and attachments; without attachments too (assumed)."""
    settings = deployed.settings(step.properties)
    return lambda _processing, message: _to_mime(message, settings)


def _to_mime(message: Message, settings: Settings) -> None:
    whole = EmailMessage(email.policy.SMTP)
    whole.make_mixed()
    whole.set_type(f"multipart/{settings.text('MultipartSubtype', 'Mixed').lower()}")
    first = EmailMessage(email.policy.SMTP)
    content_type = str(message.headers.get("Content-Type") or "text/plain").partition(";")[0].strip()
    main, _, sub = content_type.partition("/")
    first.set_content(message.binary(), main, sub or "plain", cte=_transfer(message.binary()))
    whole.attach(first)
    for attachment in message.attachments.values():
        part = EmailMessage(email.policy.SMTP)
        main, _, sub = attachment.content_type.partition(";")[0].strip().partition("/")
        part.set_content(
            attachment.content,
            main or "application",
            sub or "octet-stream",
            cte="base64",
            filename=attachment.name,
        )
        whole.attach(part)
    included = settings.text("IncludeHeaders")
    kept = [name for name in message.headers if included and header_fits(included, name)]
    whole_bytes = whole.as_bytes()
    head, _, content = whole_bytes.partition(b"\r\n\r\n")
    message.attachments.clear()
    if settings.flag("MultipartAddHeadersInline"):
        lines = "".join(f"{name}: {message.headers[name]}\r\n" for name in kept)
        message.body = lines.encode() + head + b"\r\n\r\n" + content
        message.headers.pop("Content-Type", None)
    else:
        message.body = content
        message.headers["Content-Type"] = re.sub(r"\r\n\s+", " ", str(whole["Content-Type"]))
        message.headers["MIME-Version"] = "1.0"


def _transfer(content: bytes) -> str:
    return "7bit" if content.isascii() and max(map(len, content.split(b"\n")), default=0) < 998 else "base64"  # noqa: PLR2004, RFC 5322


def mime_decoder(step: Step, deployed: DeployedFlow) -> Action:
    """Return what makes the first part of a MIME multipart the body, and the others attachments.

    What is no multipart stays as it is, as in Camel's MIME multipart format.
    """
    settings = deployed.settings(step.properties)
    inline = settings.flag("MultipartHeadersInline")
    return lambda _processing, message: _from_mime(message, inline=inline)


def _from_mime(message: Message, *, inline: bool) -> None:
    content = message.binary()
    if not inline:
        content_type = str(message.headers.get("Content-Type") or "")
        content = f"Content-Type: {content_type}\r\n\r\n".encode() + content
    whole = message_from_bytes(content, policy=email.policy.default)
    if not whole.is_multipart():
        return
    first, *others = whole.iter_parts()
    if inline:
        message.headers.update({name: str(value) for name, value in whole.items() if name != "Content-Type"})
    message.body = _content(first)
    message.headers["Content-Type"] = first["Content-Type"] or "text/plain"
    for number, part in enumerate(others, 1):
        name = part.get_filename() or part["Content-ID"] or f"attachment{number}"
        message.attachments[name] = Attachment(name, _content(part), part.get_content_type())


def _content(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
