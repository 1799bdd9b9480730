"""Requests of a folder as scenarios: their calls, what is expected, and what became of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pytest_iflow.drafts.draft import Fate, FileDraft, Remark, ScenarioDraft, StepDraft
from pytest_iflow.drafts.feature_text import in_quotes
from pytest_iflow.drafts.file_names import file_name
from pytest_iflow.drafts.golden_answers import Answer, golden_of
from pytest_iflow.imports.addresses import CalledFlow
from pytest_iflow.imports.collections.call_steps import CallSteps, StepMaker, UnsendableError
from pytest_iflow.imports.collections.clients import DEFAULT, auth_of_header, is_token_request
from pytest_iflow.imports.collections.collection import Auth, Call, Example
from pytest_iflow.imports.collections.sources import Placed, Sources, unphrased
from pytest_iflow.imports.scripts.script import Script, translated
from pytest_iflow.imports.scripts.values import as_json
from pytest_iflow.secrets.registry import MASK

_LEFT_LINES = 20
_DESCRIPTION_LINES = 10
_DEEPEST_CHAIN = 5
_STEM = 45
_MOST_IGNORED = 50
"""Rules from which on examples are rather answers to different requests."""

_SUCCESS = StepDraft("Then", "the response status is a success")


class Chain:
    """Calls that come before the one of a scenario, since they set variables that it uses."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = set(known)
        self.steps: list[StepDraft] = []
        self.headers: dict[str, None] = {}
        self.client: str | None = None

    def add(self, steps: CallSteps, kept: Mapping[str, StepDraft]) -> None:
        """Add a call and what is remembered of its answer."""
        self.steps += (*_after(self, steps), *steps.given, steps.when, *kept.values())
        self.known |= kept.keys()
        self.headers = dict.fromkeys(steps.headers)
        self.client = steps.client


class FeatureMaker:
    """Makes the scenarios of one feature; ``remarks`` and ``files`` are what came of them so far."""

    def __init__(self, sources: Sources, payloads: str, source: Path, feature: str) -> None:
        self._sources = sources
        self._steps = StepMaker(sources.variables, payloads, source)
        self._payloads = payloads
        self._feature = feature
        self.remarks: list[Remark] = []
        self.files: list[FileDraft] = []

    def scenarios(self, placed: Placed) -> Iterator[ScenarioDraft]:
        """Yield the scenarios of a request: its own, and one for each other request that an example has."""
        try:
            yield self._scenario(placed, _examples_of(placed.call))
        except UnsendableError as error:
            self.remarks.append(Remark(Fate.LEFT, placed.origin, sentence(str(error))))
            return
        for example in self._other_examples(placed):
            request = example.request or placed.call
            name = f"{placed.call.name} - {example.name}"
            call = msgspec.structs.replace(request, name=name, auth=placed.call.auth, after="", examples=())
            other = Placed(call, placed.folders, placed.folder_description)
            try:
                yield self._scenario(other, [example])
            except UnsendableError as error:
                self.remarks.append(Remark(Fate.LEFT, other.origin, sentence(str(error))))

    def _scenario(self, placed: Placed, examples: Sequence[Example]) -> ScenarioDraft:
        call = placed.call
        before = translated(call.before, self._sources.in_script)
        prepared = frozenset(name for name, _ in before.kept)
        steps, flow = self._call(placed, prepared)
        said = list(steps.said)
        script = translated(call.after, self._sources.in_script)
        own = tuple(
            self._with_variables(step)
            for name, step in before.kept
            if not self._sources.variables.is_secret(name)
        )
        chain = Chain(prepared)
        self._chain(steps.names, placed, chain)
        expected = [*self._checks(script, call), *self._of_examples(script, call, examples, said)]
        if not expected:
            expected = [_SUCCESS]
            said.append("it has no checks; here the status is to be a success")
        if flow.differs:
            said.append(
                f"it calls {flow.differs}, and the flow {flow.artifact or flow.name} listens at {flow.path}: "
                "upper and lower case count, so a tenant answers 404; here the address of the flow is called"
            )
        left = [each for each in (*before.left, *script.left) if each not in placed.inherited]
        self.files += steps.files
        self._tell(placed, said, left, len(script.steps))
        parts = (*chain.steps, *_after(chain, steps), *own, *steps.given, steps.when, *expected)
        comments = (*call.description.splitlines()[:_DESCRIPTION_LINES], *_comments(left))
        if flow.differs:
            comments = (*comments, said[-1])
        return ScenarioDraft(call.name, with_keywords(parts), placed.origin, comments=comments)

    def _other_examples(self, placed: Placed) -> Iterator[Example]:
        """Yield examples of other requests, the first of each; a page for people is told and left."""
        seen: list[Any] = []
        for example in placed.call.examples:
            request = example.request
            if request is None or _is_same_request(placed.call, example):
                continue
            if _is_login_page(example):
                origin = f"{placed.origin} - {example.name}"
                self.remarks.append(
                    Remark(Fate.LEFT, origin, "This example is a page, and no answer of an iFlow.")
                )
                continue
            same = (request.method, request.url, request.body)
            if same not in seen:
                seen.append(same)
                yield example

    def _call(self, placed: Placed, prepared: frozenset[str]) -> tuple[CallSteps, CalledFlow]:
        """Return the steps of a request and the flow that it calls; raises UnsendableError."""
        auth, call = auth_of_header(placed.call)
        flow = self._flow(call)
        client = None if auth.kind == "none" else self._client(auth)
        steps = self._steps.steps(call, flow, client)
        open_names = steps.names - prepared
        self._sources.use(frozenset(name for name in open_names if self._sources.producer(name) is None))
        return steps, flow

    def _client(self, auth: Auth) -> str:
        if auth.kind == "apikey":
            raise UnsendableError("an API key authorises it, which no runtime takes")
        return self._sources.clients.name_of(auth)

    def _flow(self, call: Call) -> CalledFlow:
        if is_token_request(call):
            raise UnsendableError("it fetches an access token, which the client of the tenant file does")
        found = self._sources.runtime_part(call.url.strip())
        if isinstance(found, str):
            raise UnsendableError(found)
        if MASK in found[0]:
            raise UnsendableError("its address holds a secret")
        return self._sources.addresses.called(*found)

    def _chain(self, names: frozenset[str], placed: Placed, chain: Chain, depth: int = 0) -> None:
        """Add the requests that set variables which this one uses; raises UnsendableError."""
        for name in sorted(names - chain.known):
            producer = self._sources.producer(name)
            if producer is None or name in chain.known:
                continue
            if depth >= _DEEPEST_CHAIN or producer.origin == placed.origin:
                raise UnsendableError(f"{{{{{name}}}}} has no value that is known here")
            try:
                steps, _ = self._call(producer, frozenset())
            except UnsendableError as error:
                raise UnsendableError(f'{{{{{name}}}}} comes from "{producer.origin}": {error}') from None
            if not steps.is_plain:
                raise UnsendableError(
                    f'{{{{{name}}}}} comes from "{producer.origin}", whose address has something behind it: '
                    "write one scenario of both"
                )
            self._chain(steps.names, producer, chain, depth + 1)
            self.files += steps.files
            chain.add(steps, dict(translated(producer.call.after).kept))

    def _checks(self, script: Script, call: Call) -> Iterator[StepDraft]:
        """Yield the checks of a script; its schemas become files."""
        names: dict[str, str] = {}
        for placeholder, schema in script.schemas:
            stem = f"{self._payloads.removeprefix('payloads/').replace('/', '-')}-{file_name(call.name)}"
            names[placeholder] = f"{self._steps.file_stem(stem)}.schema.json"
            text = as_json(schema)
            self.files.append(FileDraft(f"schemas/{names[placeholder]}", text.encode() + b"\n"))
        for step in script.steps:
            phrase = step.phrase
            for placeholder, name in names.items():
                phrase = phrase.replace(placeholder, name)
            yield self._with_variables(msgspec.structs.replace(step, phrase=phrase))

    def _with_variables(self, step: StepDraft) -> StepDraft:
        made = self._sources.variables.made(step.phrase, is_escaped=True)
        self._sources.use(frozenset(name for name in made.names if self._sources.producer(name) is None))
        return msgspec.structs.replace(step, phrase=made.text)

    def _of_examples(
        self, script: Script, call: Call, examples: Sequence[Example], said: list[str]
    ) -> Iterator[StepDraft]:
        """Yield what example answers say: the status, and the body as a golden message."""
        first = next((each for each in examples if each.status is not None), None)
        if first is not None and not script.steps:
            yield StepDraft("Then", f"the response status is {first.status}")
        is_error = first is not None and not 200 <= (first.status or 0) < 300  # noqa: PLR2004, HTTP's successes
        answers = [
            Answer(each.body.encode("utf-8", "replace"), each.content_type or None)
            for each in examples
            if each.body.strip() and (first is None or each.status == first.status)
        ]
        if is_error or not answers:  # an error holds the id of its message log
            return
        stem = self._steps.file_stem(f"{file_name(call.name)[:_STEM]}-response")
        golden = golden_of(answers, f"{self._payloads}/{stem}")
        if golden.problem or len(golden.ignored) > _MOST_IGNORED:
            said.append("its examples have nothing in common, so there is no golden message")
            return
        self.files += golden.files
        name = golden.name.removeprefix("payloads/")
        yield StepDraft("Then", f'the response equals the golden message "{name}"')

    def _tell(self, placed: Placed, said: Sequence[str], left: Sequence[str], checks: int) -> None:
        many = f"{checks} check{'' if checks == 1 else 's'} of its script"
        what = f'The scenario "{placed.call.name}" in {self._feature}, with {many}.'
        self.remarks.append(Remark(Fate.TAKEN, placed.origin, what))
        for each in said:
            self.remarks.append(Remark(Fate.CHANGED, placed.origin, sentence(each)))
        self.remarks += (unphrased(placed.origin, statement) for statement in left)


def with_keywords(steps: Sequence[StepDraft]) -> tuple[StepDraft, ...]:
    """Return steps with And for a keyword that the step before has."""
    found: list[StepDraft] = []
    before = ""
    for step in steps:
        same = step.keyword in {before, "And"} and before
        found.append(msgspec.structs.replace(step, keyword="And") if same else step)
        before = step.keyword if step.keyword != "And" else before
    return tuple(found)


def _after(chain: Chain, steps: CallSteps) -> Iterator[StepDraft]:
    """Yield steps that undo what calls before leave for this one: headers, and whom they acted as."""
    own = {name.lower() for name in steps.headers}
    for name in chain.headers:
        if name.lower() not in own and (quoted := in_quotes(name)):
            yield StepDraft("Given", f"the request header {quoted} is not sent")
    if chain.client not in {None, DEFAULT} and steps.client == DEFAULT:
        yield StepDraft("Given", "an access token")


def _comments(left: Sequence[str]) -> Iterator[str]:
    lines = [line for statement in left for line in statement.splitlines()]
    if lines:
        yield f"Not translated, {len(left)} statement{'' if len(left) == 1 else 's'} of the script:"
        yield from lines[:_LEFT_LINES]
        if len(lines) > _LEFT_LINES:
            yield f"… and {len(lines) - _LEFT_LINES} more lines"


def _is_same_request(call: Call, example: Example) -> bool:
    other = example.request
    return other is None or (other.method, other.url, other.body) == (call.method, call.url, call.body)


def _examples_of(call: Call) -> list[Example]:
    return [each for each in call.examples if _is_same_request(call, each) and not _is_login_page(each)]


def sentence(what: str) -> str:
    """Return what is to be told as a sentence."""
    return f"{what[0].upper()}{what[1:]}{'' if what.endswith('.') else '.'}"


def _is_login_page(example: Example) -> bool:
    return example.body.lstrip()[:5].lower() == "<html" or "html" in example.content_type.lower()
