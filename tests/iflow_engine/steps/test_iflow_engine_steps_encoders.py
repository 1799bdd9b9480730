"""Encoders and decoders, there and back, and what is damaged."""

from __future__ import annotations

import io
import zipfile

import pytest

from pytest_iflow.iflow_engine.message import Attachment, Message
from tests.engine_flows import run_steps
from tests.exported_bundles import step


def encoder(kind: str, own: str = "e", **properties: str) -> str:
    """An encoder or decoder."""
    activity = "Decoder" if "Dec" in kind else "Encoder"
    return step(own, own, activity, kind, encoderType=kind, **properties)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ("Base64 Encode", "Base64 Decode"),
        ("GZIP Compress", "GZIP Decompress"),
        ("ZIP Compress", "ZIP Decompress"),
        ("URL Encode", "URL Decode"),
    ],
)
def test_there_and_back(there: str, back: str) -> None:
    """Nothing is lost."""
    done = run_steps(encoder(there), encoder(back, "d"), message="ä b&c=d\n")
    assert done.error is None
    assert done.message.text() == "ä b&c=d\n"


def test_the_example_of_base64() -> None:
    """Of SAP's page on encoders."""
    body = "<message>\r\n\tInput for encoder\r\n</message>\r\n"
    done = run_steps(encoder("Base64 Encode"), message=body)
    assert done.message.body == "PG1lc3NhZ2U+DQoJSW5wdXQgZm9yIGVuY29kZXINCjwvbWVzc2FnZT4NCg=="


@pytest.mark.parametrize("kind", ["Base64 Decode", "GZIP Decompress", "ZIP Decompress"])
def test_what_is_damaged_is_an_error(kind: str) -> None:
    """Of the step."""
    done = run_steps(encoder(kind), message=b"\x01%%%")
    assert done.error is not None
    assert "the body is no" in done.error.message


def test_a_zip_of_several_entries_is_an_error() -> None:
    """As in Camel's format."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a", "1")
        archive.writestr("b", "2")
    done = run_steps(encoder("ZIP Decompress"), message=held.getvalue())
    assert done.error is not None
    assert "2 entries" in done.error.message


@pytest.mark.parametrize("inline", ["true", "false"])
def test_mime_there_and_back(inline: str) -> None:
    """Body and attachments come back, with headers in the body or beside it."""
    message = Message(
        "text",
        {"Content-Type": "text/plain", "x-a": "1"},
        None,
        {"f": Attachment("f", b"\x00\x01", "application/pdf")},
    )
    packs = encoder(
        "MIME Multipart Message Encode",
        MultipartAddHeadersInline=inline,
        MultipartSubtype="Mixed",
        IncludeHeaders="x-.*",
    )
    unpacks = encoder("MIME Multipart Message Decode", "d", MultipartHeadersInline=inline)
    packed = run_steps(packs, message=message.copy())
    assert (
        b"multipart/mixed" in packed.message.binary()
        or "multipart/mixed" in packed.message.headers["Content-Type"]
    )
    assert not packed.message.attachments
    done = run_steps(packs, unpacks, message=message)
    assert done.error is None
    assert done.message.text().strip() == "text"
    (attachment,) = done.message.attachments.values()
    assert (attachment.name, attachment.content, attachment.content_type) == (
        "f",
        b"\x00\x01",
        "application/pdf",
    )


def test_what_is_no_multipart_stays_as_it_is() -> None:
    """The decoder of a plain text does nothing."""
    assert run_steps(encoder("MIME Multipart Message Decode"), message="text").message.body == "text"
