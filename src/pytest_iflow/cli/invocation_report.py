"""What came of a call, for people and for scripts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import typer

from pytest_iflow.cli.invocation import Invocation
from pytest_iflow.diagnosis.cause import Finding
from pytest_iflow.diagnosis.ranking import diagnose
from pytest_iflow.errors import CheckError
from pytest_iflow.monitoring.correlation import Correlation
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.reporting.exchange_text import shown_value
from pytest_iflow.secrets.registry import mask_bytes
from pytest_iflow.transport.charset import decode
from pytest_iflow.transport.exchange import Exchange


def printed(title: str, text: str) -> None:
    """Print a part of the result below its title."""
    typer.echo(console_text(f"--- {title}\n{text}\n"))


def as_document(result: Invocation) -> dict[str, Any]:
    """Return all of it for JSON; texts are not masked yet, header values and binary bodies are."""
    return {
        "environment": result.environment,
        "good": result.is_good,
        "exchanges": [_exchange(each) for each in result.exchanges],
        "error": str(result.error) if result.error else None,
        "message_log": _log(result.correlation) if result.correlation else None,
        "completed": result.completed,
        "verdict": result.verdict or None,
        "diagnosis": [_finding(each) for each in diagnose(result.facts)] if result.facts else [],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "started": exchange.started.isoformat(),
        "seconds": round(exchange.seconds, 3),
        "client": exchange.client,
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": _headers(request.headers),
            **_body(request.body, request.headers),
        },
        "response": {
            "status": response.status,
            "reason": response.reason,
            "headers": _headers(response.headers),
            **_body(response.body, response.headers),
        },
    }


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: shown_value(name, value) for name, value in headers.items()}


def _body(body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """A text as it is, anything else in Base64: a mask could not look into that later."""
    try:
        return {"body": decode(body, headers.get("Content-Type"))}
    except CheckError:
        return {"body_base64": base64.b64encode(mask_bytes(body)).decode("ascii")}


def _log(correlation: Correlation) -> dict[str, Any]:
    log = correlation.log
    return {
        "id": log.message_id,
        "correlation_id": log.correlation_id,
        "iflow": log.iflow,
        "status": log.status,
        "start": log.start.isoformat(),
        "end": log.end.isoformat() if log.end else None,
        "link": log.link or None,
        "found": correlation.how,
        "confidence": correlation.confidence,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "cause": finding.cause.id,
        "certainty": finding.certainty.value,
        "why": finding.cause.why,
        "remedy": finding.cause.remedy,
        "evidence": list(finding.evidence),
    }
