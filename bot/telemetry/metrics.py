"""What a process counts and times, for Prometheus and for `GET /api/metrics`.

Names follow https://prometheus.io/docs/practices/naming/. No label names an account or a repository: those would be
both too many and nobody's business; an installation is named by its number, for GitHub's limits are its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from bot import __version__

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, which nobody reads

CONTENT_TYPE = CONTENT_TYPE_LATEST

_JOB_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 1800)
_HTTP_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GRAPHQL"})


class Metrics:
    """The metrics of one process, in a registry of their own; its methods are called where something happens."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Gauge("mas_info", "Which MAS this is.", ["version"], registry=registry).labels(__version__).set(1)
        self._deliveries = Counter(
            "mas_deliveries",
            "Deliveries from GitHub, by what was done with them.",
            ["event", "outcome"],
            registry=registry,
        )
        self._depth = Gauge(
            "mas_queue_depth", "Deliveries without an outcome yet, in all processes.", registry=registry
        )
        self._oldest = Gauge("mas_queue_oldest_seconds", "Age of the oldest of them; 0 without any.", registry=registry)
        self._index_age = Gauge(
            "mas_index_age_seconds",
            "How long the index that waits longest is behind; 0 without any.",
            registry=registry,
        )
        self._job_seconds = Histogram(
            "mas_job_seconds", "From a job's start to its end.", ["kind"], buckets=_JOB_SECONDS, registry=registry
        )
        self._jobs = Counter("mas_jobs", "Jobs that ended.", ["kind", "outcome"], registry=registry)
        self._github = Counter(
            "mas_github_requests", "Requests to GitHub; status 0: no answer.", ["method", "status"], registry=registry
        )
        self._remaining = Gauge(
            "mas_github_rate_remaining",
            "Calls that GitHub's limit leaves.",
            ["installation", "resource"],
            registry=registry,
        )
        self._edits = Counter(
            "mas_doc_edits", "Edits of docs: proposed, merged, rejected.", ["rule", "outcome"], registry=registry
        )
        self._findings = Counter("mas_findings", "Findings of security reviews.", ["severity"], registry=registry)
        labels = ["route", "method", "status"]
        self._http = Counter("mas_http_requests", "Requests to this process.", labels, registry=registry)
        self._http_seconds = Histogram(
            "mas_http_request_seconds", "How long they took.", ["route"], buckets=_HTTP_SECONDS, registry=registry
        )

    # ---------------------------------------------------------- told

    def count_delivery(self, event: str, outcome: str) -> None:
        """A webhook was answered: `accepted`, `duplicate`, `ignored`, `refused`, `unavailable`."""
        self._deliveries.labels(event, outcome).inc()

    def record_backlog(self, depth: int, oldest_seconds: float) -> None:
        """How many deliveries have no outcome yet, and how old the oldest of them is."""
        self._depth.set(depth)
        self._oldest.set(oldest_seconds)

    def record_index_age(self, seconds: float) -> None:
        """How long the index that waits longest for its job has waited."""
        self._index_age.set(seconds)

    def record_job(self, kind: str, outcome: str, seconds: float) -> None:
        """A job ended in this process, so long after it began here."""
        self._jobs.labels(kind, outcome).inc()
        self._job_seconds.labels(kind).observe(seconds)

    def count_github_response(self, identity: str, method: str, status: int, headers: Mapping[str, str]) -> None:
        """GitHub answered a request of an installation (`app`: of the App itself)."""
        self._github.labels(method if method in _METHODS else "OTHER", str(status)).inc()
        left, resource = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-resource", "core")
        if left.isascii() and left.isdigit():
            self._remaining.labels(identity, resource).set(int(left))

    def count_edit(self, rule: str, outcome: str) -> None:
        """Count an edit that was `proposed`, `merged` or `rejected`."""
        self._edits.labels(rule, outcome).inc()

    def count_finding(self, severity: str) -> None:
        """A security review told of something."""
        self._findings.labels(severity).inc()

    def record_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is a template, or `unmatched`."""
        self._http.labels(route, method if method in _METHODS else "OTHER", str(status)).inc()
        self._http_seconds.labels(route).observe(seconds)

    # ---------------------------------------------------------- asked

    def exposition(self) -> bytes:
        """All of it in Prometheus's text format, `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    def as_json(self) -> list[dict[str, Any]]:
        """All of it as plain values: a family with its name, type, help and samples each."""
        return [*self._families()]

    def _families(self) -> Iterator[dict[str, Any]]:
        for family in self.registry.collect():
            samples = [{"name": s.name, "labels": dict(s.labels), "value": s.value} for s in family.samples]
            yield {"name": family.name, "type": family.type, "help": family.documentation, "samples": samples}
