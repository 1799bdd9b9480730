"""Two answers to the same message: how the second differs, by the rules of golden messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.checks.flat_records import FlatMessage, flat_format
from pytest_iflow.checks.golden import HEAD_BYTES, AnswerBody, GoldenMessage
from pytest_iflow.checks.golden_flat import check_flat_rules
from pytest_iflow.checks.golden_json import check_jsonpath
from pytest_iflow.checks.golden_rules import Format, GoldenRules, read_rules
from pytest_iflow.checks.golden_xml import check_xpath_of_rule
from pytest_iflow.checks.parse_limit import DEFAULT_LIMIT, ParseLimit
from pytest_iflow.checks.quoting import shown
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.transport.charset import media_type, readable
from pytest_iflow.transport.exchange import Response

Note = Callable[[str], None]
"""Takes what is to be said beside the result of a comparison."""

NO_RULES = GoldenRules(Path())


def read_answer_rules(path: Path, read: Callable[[Path], bytes]) -> GoldenRules:
    """Read rules from a file of rules, or from the one beside a message; none where there is no such file.

    Raises ConfigurationError for a file that cannot be used, with its line.
    """
    rules = read_rules(path, read)
    if rules.format not in {None, "json", "xml"}:
        check_flat_rules(rules, rules.format)
    for rule in rules.rules if rules.format in {None, "json", "xml"} else ():
        check = check_jsonpath if rule.path.startswith("$") else check_xpath_of_rule
        if rule.path.startswith(("$", "/")):  # others are those of lines and segments
            try:
                check(rule.path)
            except ConfigurationError as error:
                raise ConfigurationError(error.what, where=rules.where(rule), remedy=error.remedy) from None
    return rules


@dataclass(frozen=True)
class NamedAnswer:
    """An answer and who gave it: a tenant with its environment."""

    name: str
    response: Response
    namespaces: Mapping[str, str]
    limit: ParseLimit = DEFAULT_LIMIT

    @property
    def subject(self) -> str:
        """What errors call it."""
        return f"The answer of {self.name}"

    @property
    def content_type(self) -> str:
        """The header Content-Type, in one spelling."""
        header: str = self.response.headers.get("content-type", "")
        return ";".join(part.strip().replace('"', "") for part in header.lower().split(";"))

    @cached_property
    def document(self) -> Document:
        """Its body as JSON or XML, parsed once; raises CheckError when it is neither."""
        response = self.response
        kind = response.headers.get("content-type")
        return parse_document(response.body, kind, self.subject, self.namespaces, self.limit)

    @property
    def body(self) -> AnswerBody:
        """Its body, as golden messages are compared with it."""
        response = self.response
        kind = response.headers.get("content-type")
        return AnswerBody(response.body, kind, lambda: self.document, subject=self.subject)

    def kind(self, rules: GoldenRules) -> Format | Literal["bytes"]:
        """Return its format: as the rules say, else by itself; raises CheckError for broken JSON or XML."""
        if rules.format:
            return rules.format
        header = self.response.headers.get("content-type")
        media = media_type(header)
        try:
            return self.document.kind
        except CheckError:
            if media.endswith(("json", "xml")) and "html" not in media:
                raise
        if b"\0" in self.response.body:
            return "bytes"
        suffix = ".csv" if media == "text/csv" else ""
        return flat_format(readable(self.response.body[:HEAD_BYTES], header), suffix) or "text"


def differences(first: NamedAnswer, second: NamedAnswer, rules: GoldenRules, note: Note) -> list[str]:
    """Return how the answer ``second`` differs from ``first``, each difference in words.

    Status and Content-Type count, too. Raises CheckError for what cannot be compared; ``note`` is told of
    rules that fit nothing.
    """
    found = [*_outside_of_body(first, second)]
    one, other = first.response.body, second.response.body
    if (first.response.status >= 400) is not (second.response.status >= 400):  # noqa: PLR2004, those of HTTP
        return [
            *found,
            *(["body: that of a failure, which says nothing of the other"] if one != other else ()),
        ]
    if not one or not other:
        return found if one == other else [*found, f"body: expected {_size(one)}, found {_size(other)}"]
    return found if one == other and not rules.rules else [*found, *_of_bodies(first, second, rules, note)]


def _outside_of_body(first: NamedAnswer, second: NamedAnswer) -> Iterator[str]:
    wanted, found = first.response, second.response
    if wanted.status != found.status:
        statuses = [f"{each.status} {each.reason}".strip() for each in (wanted, found)]
        yield f"status: expected {statuses[0]}, found {statuses[1]}"
    if first.content_type != second.content_type:
        kinds = [shown(each.response.headers.get("content-type", "")) for each in (first, second)]
        yield f"Content-Type: expected {kinds[0]}, found {kinds[1]}"


def _of_bodies(first: NamedAnswer, second: NamedAnswer, rules: GoldenRules, note: Note) -> Iterator[str]:
    kind, other = first.kind(rules), second.kind(rules)
    if kind != other:
        yield f"body: expected {kind}, found {other}"
        return
    content: Document | FlatMessage
    if kind == "bytes":
        one, two = first.response.body, second.response.body
        if one != two:
            yield f"body: expected {_size(one)}, found {_size(two)} of another content"
        return
    content = first.document if kind in {"json", "xml"} else first.body.flat(kind)
    golden = GoldenMessage(rules.path, content, rules)
    if any(rule.kind == "mask" for rule in rules.rules):  # both have to fit a pattern
        for each in golden.differences(first.body, lambda _: None):
            yield f"on {first.name}, {each}"
    yield from golden.differences(second.body, note)


def _size(body: bytes) -> str:
    return f"{len(body):,} bytes" if body else "no body"
