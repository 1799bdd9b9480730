"""Phrases that prepare a call: its headers, its address, and the form that it carries."""

from __future__ import annotations

from pathlib import PurePosixPath

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.parameter_types import STRING, unquoted
from pytest_iflow.gherkin.parameter_types import define as define_type
from pytest_iflow.gherkin.vocabulary import given
from pytest_iflow.runtime.request_body import FormField
from pytest_iflow.transport.exchange import HeaderLines, header_lines

from .conversation import Conversation

_SET_ELSEWHERE = {
    "authorization": 'call without it: When I call the iFlow "…" without a token',
    "host": "it names whom the request is for: set another one instead",
    "content-length": "it says where the body ends: a call without a body has none",
}
"""Headers without which no call can be made, or which a step of its own leaves out; with what to do."""


def _read_removable(text: str) -> str:
    name = unquoted(text)
    if remedy := _SET_ELSEWHERE.get(name.lower()):
        raise ConfigurationError(f"the request header {name} cannot be left out here", remedy=remedy)
    return name


def _read_suffix(text: str) -> str:
    suffix = unquoted(text)
    if suffix and suffix[0] not in "/?(;":
        raise ConfigurationError(
            f'"{suffix}" cannot stand behind an address',
            remedy=f'begin it with "/", "?", "(" or ";": "/{suffix}"',
        )
    return suffix


define_type(
    "removable",
    STRING,
    _read_removable,
    "the name of a header in quotes; of any but Authorization, Host and Content-Length",
    '"Content-Type"',
)
define_type(
    "suffix",
    STRING,
    _read_suffix,
    "the end of an address in quotes, such as a path or a query",
    '"/4711?lang=de"',
)


@given("the request header {string} is {string}")
def request_header(name: str, value: str, conversation: Conversation) -> None:
    """Send this header with the calls that follow; of two with one name, in any case, the last counts."""
    conversation.headers[name] = value


@given("the request header {string} is also {string}")
def further_request_header(name: str, value: str, conversation: Conversation) -> None:
    """Send this header once more, in a line of its own behind the lines of that name which are set before."""
    before = conversation.headers.get(name)
    lines = () if before is None else header_lines(before)
    conversation.headers[name] = HeaderLines(*lines, value)


@given("the request header {removable} is not sent")
def request_header_not_sent(name: str, conversation: Conversation) -> None:
    """Send no such header, not even one that is sent by itself: Content-Type, Accept, User-Agent."""
    conversation.headers[name] = HeaderLines()


@given("the request path ends with {suffix}")
def request_path_ends(suffix: str, conversation: Conversation) -> None:
    """Put this behind the address of the iFlow in the calls that follow; a query in it is sent, too.

    Blanks, umlauts and the like are percent-encoded; what is encoded already stays. The last one counts.
    """
    conversation.suffix = suffix


@given("the query parameter {string} is {string}")
def query_parameter(name: str, value: str, conversation: Conversation) -> None:
    """Add this parameter to the address of the calls that follow; one of a name that is there, too."""
    conversation.query.append((name, value))


@given("the request body is sent gzip(ped)")
def request_body_gzipped(conversation: Conversation) -> None:
    """Compress the bodies of the calls that follow, with the header Content-Encoding; an empty one is not."""
    conversation.gzipped = True


@given("the form field {string} is {string}")
def form_field(name: str, value: str, conversation: Conversation) -> None:
    """Add a field to the form that the next call carries, which has no other body.

    It is sent urlencoded; in parts with a file, or with the Content-Type "multipart/form-data".
    """
    conversation.form.append(FormField(name, value))


@given("I send the file {string} as the form field {string}", reads="file")
def form_file(file: str, name: str, conversation: Conversation) -> None:
    """Add a file to the form that the next call carries: its fields are the parts of a multipart/form-data.

    The file is found as that of a body is. Its name and the Content-Type by its ending go with it.
    """
    sent_name = PurePosixPath(file.replace("\\", "/")).name
    conversation.form.append(FormField(name, conversation.read_file(file), sent_name))
