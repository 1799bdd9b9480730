"""The failures of a run as its page shows them: in full or as a line, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from pytest_iflow.reporting.pages.markup import (
    NOTHING,
    codes,
    css_class,
    example,
    html,
    lines,
    mark,
    tags,
)
from pytest_iflow.reporting.pages.words import duration, plural
from pytest_iflow.results.changes import CHANGES, Change, RunChanges
from pytest_iflow.results.scenario_result import ScenarioResult, StepResult

IN_FULL = 200
"""Failures that are shown with steps and evidence; the others have one line each, under their feature."""

TEXT_SHOWN = 16 * 1024
"""Characters of a message, an exchange or a message log that are shown."""

CAUSES_LISTED = 10

LINE_SHOWN = 300
"""Characters of the first line of a message that are shown where it stands for the whole."""

_URGENCY: tuple[Change | None, ...] = (*CHANGES, None)


@dataclass(frozen=True, slots=True)
class Failure:
    """A scenario that did not pass; ``change`` is None where no earlier run says what is new.

    ``anchor`` is its id on the page. ``since`` says since when it fails, empty where it never passed. The
    texts of ``scenario`` are cut to what is shown.
    """

    scenario: ScenarioResult
    anchor: str
    change: Change | None
    first_line: str
    since: str


@dataclass(frozen=True, slots=True)
class SharedCause:
    """What a number of failures have in common: the id of a cause, or the first line of their messages.

    ``anchor`` is its id on the page, ``example`` that of its first failure; ``remedy`` is empty where only
    the first line is known.
    """

    id: str
    anchor: str
    text: str
    remedy: str
    failures: int
    example: str


@dataclass(frozen=True, slots=True)
class Failures:
    """All failures of a run, newly failing ones first; ``causes`` the most frequent first.

    ``anchors`` say where each stands on the page, by node id; ``cause_anchors`` where a cause does, by id.
    """

    full: tuple[Failure, ...]
    lines: tuple[Failure, ...]
    causes: tuple[SharedCause, ...]
    anchors: Mapping[str, str]
    cause_anchors: Mapping[str, str]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return len(self.full) + len(self.lines)

    def title(self, scenario: ScenarioResult) -> Markup:
        """Return the title of a scenario, which leads to its failure if it has one."""
        text: object = scenario.scenario
        if scenario.status in {"failed", "broken"} and (anchor := self.anchors.get(scenario.node_id)):
            text = html('<a href="#{}">{}</a>', anchor, text)
        return html("{}{}", text, example(scenario))


def failures_of(scenarios: Iterable[ScenarioResult], changes: RunChanges | None) -> Failures:
    """Return what of ``scenarios`` failed; within one urgency their order stays."""
    known = changes.scenarios if changes else {}
    wrong = [scenario for scenario in scenarios if scenario.status in {"failed", "broken"}]
    wrong.sort(key=lambda scenario: _URGENCY.index(known.get(scenario.node_id)))
    since = changes.failing_since if changes else {}
    found = [
        Failure(
            scenario,
            anchor=f"failure-{number}",
            change=known.get(scenario.node_id),
            first_line=_first_line(scenario.message),
            since=since.get(scenario.node_id, ""),
        )
        for number, scenario in enumerate(wrong, start=1)
    ]
    causes = tuple(_shared_causes(found))
    return Failures(
        full=tuple(
            replace(failure, scenario=_with_cut_texts(failure.scenario)) for failure in found[:IN_FULL]
        ),
        lines=tuple(found[IN_FULL:]),
        causes=causes,
        anchors={failure.scenario.node_id: failure.anchor for failure in found},
        cause_anchors={cause.id: cause.anchor for cause in causes if cause.id},
    )


def _with_cut_texts(scenario: ScenarioResult) -> ScenarioResult:
    return replace(
        scenario,
        message=_cut(scenario.message),
        exchange=_cut(scenario.exchange),
        message_log=_cut(scenario.message_log),
    )


def _cut(text: str) -> str:
    if len(text) <= TEXT_SHOWN:
        return text
    return (
        f"{text[:TEXT_SHOWN]}\n… cut here: {TEXT_SHOWN:,} of {len(text):,} characters are shown, "
        "summary.json has them all"
    )


def _first_line(message: str) -> str:
    line = message.strip().partition("\n")[0]
    return line if len(line) <= LINE_SHOWN else f"{line[:LINE_SHOWN]}…"


def _shared_causes(failures: Sequence[Failure]) -> Iterable[SharedCause]:
    if not failures:
        return
    from pytest_iflow.diagnosis.findings import CAUSES

    groups: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        cause = failure.scenario.cause
        if key := cause or failure.first_line:
            groups.setdefault((cause, key), []).append(failure)
    # One failure needs no summary of itself, unless the table of causes says more about it.
    shared = [(key, found) for key, found in groups.items() if len(found) > 1 or key[0] in CAUSES]
    shared.sort(key=lambda entry: len(entry[1]), reverse=True)
    for number, ((cause, _), found) in enumerate(shared, start=1):
        row = CAUSES.get(cause)
        yield SharedCause(
            id=cause,
            anchor=f"cause-{number}",
            text=row.why if row else found[0].first_line,
            remedy=row.remedy if row else "",
            failures=len(found),
            example=found[0].anchor,
        )


def failures_section(failures: Failures, features_title: str) -> Markup:
    """Return the section of the page; ``features_title`` is that of the section with the other failures."""
    if not failures.total:
        return NOTHING
    return html(
        """<section id="failures" aria-labelledby="failures-title">
<h2 id="failures-title">Failures <span class="total">{:,}</span></h2>
{}
</section>""",
        failures.total,
        lines(_section(failures, features_title)),
    )


def _section(failures: Failures, features_title: str) -> Iterator[Markup]:
    if failures.causes:
        yield html(
            """<table class="causes">
<caption>What failures have in common</caption>
<thead><tr><th scope="col">Cause</th><th scope="col" class="figure">Failures</th></tr></thead>
<tbody>
{}
</tbody>
</table>""",
            lines(map(_cause_row, failures.causes[:CAUSES_LISTED])),
        )
    if (rest := len(failures.causes) - CAUSES_LISTED) > 0:
        rarer = f"{plural(rest, 'other cause')} {'is' if rest == 1 else 'are'} rarer."
        yield html('<p class="more">{}</p>', rarer)
    if failures.lines:
        yield html(
            '<p>The first {} stand here in full, the other {:,} under <a href="#features">{}</a> with one '
            'line each. <a href="summary.json">summary.json</a> has steps, exchange and message log of '
            "all.</p>",
            IN_FULL,
            len(failures.lines),
            features_title,
        )
    for failure in failures.full:
        yield _in_full(failure, failures.cause_anchors)


def _cause_row(cause: SharedCause) -> Markup:
    return html(
        '<tr id="{0.anchor}"><th scope="row" dir="auto">{1}{0.text}{2}</th><td class="figure">'
        '<a href="#{0.example}" aria-label="{3}; to the first">{0.failures:,}</a></td></tr>',
        cause,
        html("<code>{}</code> ", cause.id) if cause.id else NOTHING,
        html(' <span class="place">{}</span>', cause.remedy) if cause.remedy else NOTHING,
        plural(cause.failures, "failure"),
    )


def _in_full(failure: Failure, cause_anchors: Mapping[str, str]) -> Markup:
    scenario = failure.scenario
    return html(
        """<article class="failure {status}" id="{anchor}" aria-labelledby="{anchor}-title">
<h3 id="{anchor}-title">{mark} <bdi>{title}</bdi>{example}</h3>
{details}
<p class="node-id">Node id <code>{node_id}</code></p>
</article>""",
        status=scenario.status,
        anchor=failure.anchor,
        mark=mark(scenario.status),
        title=scenario.scenario,
        example=example(scenario),
        details=lines(_details(failure, cause_anchors)),
        node_id=scenario.node_id,
    )


def _details(failure: Failure, cause_anchors: Mapping[str, str]) -> Iterator[Markup]:
    scenario = failure.scenario
    yield html('<p class="place">{}</p>', Markup(" ").join(_place(failure)))
    if failure.since:
        yield html('<p class="since">{}</p>', failure.since)
    if scenario.message:
        yield html('<pre class="cause" dir="auto">{}</pre>', scenario.message)
    if cause := scenario.cause:
        code = html("<code>{}</code>", cause)
        if anchor := cause_anchors.get(cause):
            code = html('<a href="#{}">{}</a>', anchor, code)
        yield html('<p class="likely">Likely cause: {}</p>', code)
    if scenario.steps:
        yield html('<ol class="steps" aria-label="Steps">\n{}\n</ol>', lines(map(_step, scenario.steps)))
    for title, text in (
        ("Request and response", scenario.exchange),
        ("Message processing log", scenario.message_log),
    ):
        if text:
            yield html("<details><summary>{}</summary><pre>{}</pre></details>", title, text)
    if flows := scenario.iflows:
        yield html('<p class="node-id">{} {}</p>', "iFlow" if len(flows) == 1 else "iFlows", codes(flows))


def _place(failure: Failure) -> Iterator[Markup]:
    scenario = failure.scenario
    if failure.change:
        yield html('<span class="change {}">{}</span>', css_class(failure.change), failure.change)
    rule = html(" · <bdi>{}</bdi>", scenario.rule) if scenario.rule else NOTHING
    yield html("<span><bdi>{}</bdi>{}</span>", scenario.feature, rule)
    yield html('<span class="code">{}:{}</span>{}', scenario.file, scenario.line, tags(scenario))
    yield html("<span>{}</span>", duration(scenario.seconds))
    if scenario.reruns:
        yield html("<span>tried {} times</span>", scenario.reruns + 1)


def _step(step: StepResult) -> Markup:
    return html(
        '<li class="{0.status}"><span class="line" aria-hidden="true">{0.line}</span><span class="step">'
        '<b>{0.keyword}</b> <bdi>{0.text}</bdi></span>{1}<span class="figure">{2}</span></li>',
        step,
        mark(step.status),
        "" if step.status == "skipped" else duration(step.seconds),
    )
