"""A request as steps: what prepares the call, and the call itself with its body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

import msgspec

from pytest_iflow.drafts.draft import FileDraft, StepDraft
from pytest_iflow.drafts.feature_text import fits_doc_string, in_quotes, literal
from pytest_iflow.drafts.file_names import Names, file_name
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.addresses import CalledFlow
from pytest_iflow.imports.collections.clients import DEFAULT
from pytest_iflow.imports.collections.collection import Body, Call
from pytest_iflow.imports.collections.json_source import read_source
from pytest_iflow.imports.collections.variables import (
    REFERENCE,
    Made,
    Variables,
    is_secret_name,
    register_if_secret,
)
from pytest_iflow.runtime.request_body import MULTIPART, content_type_of
from pytest_iflow.secrets.registry import MASK
from pytest_iflow.transport.charset import media_type

_LINES = 30
_CHARACTERS = 3_000
"""Up to which a body stands below its step; a longer one is a file."""

_OF_THE_TOOL = frozenset({"content-length", "host", "connection", "postman-token", "cache-control"})
"""Headers that a tool or a client sets by itself."""
_AGENTS = ("insomnia/", "postmanruntime/", "bruno")


class CallSteps(msgspec.Struct, frozen=True):
    """The steps of one call; ``names`` are variables of the collection in them, ``said`` what was changed.

    ``headers`` are those that the call sets, and ``is_plain`` says that the address has nothing behind it:
    then another call may follow in the same scenario.
    """

    given: tuple[StepDraft, ...]
    when: StepDraft
    names: frozenset[str]
    headers: tuple[str, ...]
    is_plain: bool
    client: str | None
    files: tuple[FileDraft, ...] = ()
    said: tuple[str, ...] = ()


class UnsendableError(Exception):
    """A request that no step can send; its text says why."""


class StepMaker:
    """Makes the steps of requests; ``payloads`` is the folder of files, ``source`` where sent ones lie."""

    def __init__(self, variables: Variables, payloads: str, source: Path) -> None:
        self._variables = variables
        self._payloads = payloads
        self._source = source
        self._names = Names()

    def file_stem(self, name: str) -> str:
        """Return a name of a file for a request, which no other one of the folder has."""
        return self._names.add_file(file_name(name))

    def steps(self, call: Call, flow: CalledFlow, client: str | None) -> CallSteps:
        """Return the steps of a call as a client; None is one without authorisation.

        Raises UnsendableError.
        """
        if not call.method.isascii() or not call.method.isalpha():
            raise UnsendableError(f'"{call.method}" is no method of HTTP')
        making = _Making(self._variables)
        if client not in {None, DEFAULT}:
            making.add("an access token for client {}", client or "")
        is_form = call.body.kind in {"form", "multipart"}  # a form has its type by itself
        for name, value in call.headers:
            if not (is_form and name.lower() == "content-type"):
                making.add_header(name, value)
        if flow.behind:
            making.add("the request path ends with {}", flow.behind)
        for name, value in flow.query:
            making.add_named("the query parameter {} is {}", name, value)
        when, files = self._when(call, flow, making, has_token=client is not None)
        return CallSteps(
            tuple(making.steps),
            when,
            frozenset(making.names),
            tuple(making.headers),
            not flow.behind and not flow.query,
            client,
            tuple(files),
            tuple(dict.fromkeys(making.said)),
        )

    def _when(
        self, call: Call, flow: CalledFlow, making: _Making, *, has_token: bool
    ) -> tuple[StepDraft, list[FileDraft]]:
        iflow = in_quotes(flow.name)
        phrase = f"I send a {call.method} request to the iFlow {iflow}"
        if not has_token and call.method == "POST" and call.body.kind in {"none", "text"}:
            made = making.made(call.body.text)
            if fits_doc_string(made.text):
                below = made.text if call.body.text else None
                self._content_type(call.body, made.text.encode(), "", making)
                return StepDraft("When", f"I call the iFlow {iflow} without a token", doc_string=below), []
        if not has_token:
            making.said.append(
                "it has no authorisation; here it is sent with the token of the default client"
            )
        if call.body.kind in {"form", "multipart"}:
            if call.method in {"GET", "HEAD"}:
                raise UnsendableError(f"a {call.method} request carries no form here")
            return StepDraft("When", phrase), list(self._form(call.body, making))
        if call.body.kind == "file":
            file = self._file_beside(call.body.text)
            return StepDraft("When", f'{phrase} with the file "{_below_payloads(file)}"'), [file]
        if call.body.kind == "none":
            return StepDraft("When", phrase), []
        return self._text(call, phrase, making)

    def _text(self, call: Call, phrase: str, making: _Making) -> tuple[StepDraft, list[FileDraft]]:
        text = _graphql(call.body) if call.body.kind == "graphql" else call.body.text
        made = making.made(text)
        is_short = text.count("\n") < _LINES and len(text) < _CHARACTERS
        if is_short and fits_doc_string(made.text):
            self._content_type(call.body, made.text.encode(), "", making)
            return StepDraft("When", f"{phrase} with the body:", doc_string=made.text), []
        is_filled = made.text != literal(text)
        data = (made.text if is_filled else text).encode("utf-8", "replace")
        name = f"{self.file_stem(call.name)}{_ending(text)}"
        self._content_type(call.body, data, name, making)
        file = FileDraft(f"{self._payloads}/{name}", data)
        filled = " filled in" if is_filled else ""
        return StepDraft("When", f'{phrase} with the file "{_below_payloads(file)}"{filled}'), [file]

    @staticmethod
    def _content_type(body: Body, data: bytes, file: str, making: _Making) -> None:
        """Name the type that the tool sends by itself, where another one would be sent here."""
        if not data or "content-type" in {name.lower() for name in making.headers}:
            return
        kind = "application/json" if body.kind == "graphql" else body.content_type
        if kind and media_type(kind) != media_type(content_type_of(data, file)):
            making.add_header("Content-Type", kind)

    def _form(self, body: Body, making: _Making) -> Iterator[FileDraft]:
        """Add the fields of a form; one of multipart/form-data says so where it has no file."""
        if body.kind == "multipart" and not any(field.is_file for field in body.fields):
            making.add_header("Content-Type", MULTIPART)
        for field in body.fields:
            if field.content_type:
                making.said.append(f'the type of the form field "{field.name}" is not sent')
            if field.is_file:
                file = self._file_beside(field.value)
                making.add("I send the file {} as the form field {}", _below_payloads(file), field.name)
                yield file
            else:
                making.add_named("the form field {} is {}", field.name, field.value)

    def _file_beside(self, path: str) -> FileDraft:
        """Return a file that a request sends, from beside the source; raises UnsendableError."""
        name = PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name
        for place in (path.lstrip("/\\"), name):
            found = self._source / place
            try:
                is_there = (
                    bool(name) and found.resolve().is_relative_to(self._source.resolve()) and found.is_file()
                )
                data = read_source(found) if is_there else None
            except (OSError, ValueError, ConfigurationError):
                continue
            if data is not None:
                stem = self._names.add_file(file_name(Path(name).stem), Path(name).suffix.lower())
                return FileDraft(f"{self._payloads}/{stem}", data)
        shown = f'"{name}"' if name else "without a name"
        raise UnsendableError(
            f"it sends a file {shown} that is not here: put it beside the collection and import again"
        )


class _Making:
    """The steps that prepare a call, while they are made."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self.steps: list[StepDraft] = []
        self.names: set[str] = set()
        self.headers: list[str] = []
        self.said: list[str] = []

    def made(self, text: str) -> Made:
        """Return a text with variables as a feature has them, and note these."""
        made = self._variables.made(text)
        self.names |= made.names
        if MASK in text:
            self.said.append(f"a secret stood in it; {MASK} is in its place")
        for name in made.secrets:
            self.said.append(f"{{{{{name}}}}} is a secret and not in the suite; *** is in its place")
        for name in made.assumed:
            self.said.append(f"{{{{{name}}}}} became a made-up value of another form")
        return made

    def add(self, phrase: str, *texts: str) -> bool:
        """Add a step with texts in quotes; one that no step can hold is told and left out."""
        quoted = [in_quotes(self.made(text).text) for text in texts]
        if None in quoted:
            self.said.append(f"a text for the step ({phrase.format(*(['…'] * len(texts)))}) fits in no line")
            return False
        self.steps.append(StepDraft("Given", phrase.format(*quoted)))
        return True

    def add_named(self, phrase: str, name: str, value: str) -> None:
        """Add a parameter or a field by its name, unless that is one of a secret."""
        if is_secret_name(name) and value:
            register_if_secret(value)
            self.said.append(f"{phrase.split(' {', maxsplit=1)[0]} {name} is not sent, for it holds a secret")
            return
        self.add(phrase, name, value)

    def add_header(self, name: str, value: str) -> None:
        """Add a header, unless it is one of the tool, or holds a secret."""
        low = name.lower()
        if low == "x-csrf-token" and REFERENCE.fullmatch(value.strip()):
            self.said.append("the CSRF token is fetched by the call itself, where the sender wants one")
            return
        if low == "authorization":
            register_if_secret(value)
            self.said.append("the header Authorization is not sent; the client of the tenant file acts")
            return
        is_of_tool = low in _OF_THE_TOOL or (low == "user-agent" and value.lower().startswith(_AGENTS))
        if is_of_tool:
            return
        if is_secret_name(name) or self._variables.made(value).secrets or low == "cookie":
            register_if_secret(value)
            self.said.append(f"the header {name} is not sent, for it holds a secret")
            return
        again = " is also" if low in {each.lower() for each in self.headers} else " is"
        if self.add(f"the request header {{}}{again} {{}}", name, value):
            self.headers.append(name)


def _graphql(body: Body) -> str:
    variables: object = {}
    try:
        variables = json.loads(body.variables) if body.variables.strip() else {}
    except ValueError:
        variables = body.variables
    return json.dumps({"query": body.text, "variables": variables}, ensure_ascii=False, indent=2)


def _ending(text: str) -> str:
    begins = text.lstrip("\ufeff \t\r\n")[:4]
    if begins[:1] in {"{", "["}:
        return ".json"
    if begins[:1] == "<":
        return ".xml"
    return ".edi" if begins[:3] in {"UNA", "UNB", "ISA", "STX"} else ".txt"


def _below_payloads(file: FileDraft) -> str:
    return file.path.removeprefix("payloads/")
