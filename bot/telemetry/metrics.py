"""The metrics of a process, for Prometheus and `GET /api/metrics`.

Names follow https://prometheus.io/docs/practices/naming/. No label contains an account or repository: those are private
and too many. Installations appear by id, because GitHub's rate limits are per installation.
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

disable_created_metrics()  # type: ignore[no-untyped-call]  # one unused series per counter

CONTENT_TYPE = CONTENT_TYPE_LATEST

_JOB_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 1800)
_HTTP_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GRAPHQL"})


class Metrics:
    """The metrics of one process, in a separate registry."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Gauge("mas_info", "Version of MAS.", ["version"], registry=registry).labels(__version__).set(1)
        self._create_queue_metrics(registry)
        self._create_job_metrics(registry)
        labels = ["route", "method", "status"]
        self._http = Counter("mas_http_requests", "HTTP requests to this process.", labels, registry=registry)
        self._http_seconds = Histogram(
            "mas_http_request_seconds",
            "Duration of HTTP requests.",
            ["route"],
            buckets=_HTTP_SECONDS,
            registry=registry,
        )

    def _create_queue_metrics(self, registry: CollectorRegistry) -> None:
        self._deliveries = Counter(
            "mas_deliveries",
            "Deliveries from GitHub by outcome.",
            ["event", "outcome"],
            registry=registry,
        )
        self._depth = Gauge("mas_queue_depth", "Unfinished deliveries across all processes.", registry=registry)
        self._oldest = Gauge(
            "mas_queue_oldest_seconds", "Age of the oldest unfinished delivery; 0 if there is none.", registry=registry
        )
        self._index_age = Gauge(
            "mas_index_age_seconds",
            "Age of the oldest queued index update; 0 if there is none.",
            registry=registry,
        )

    def _create_job_metrics(self, registry: CollectorRegistry) -> None:
        self._job_seconds = Histogram(
            "mas_job_seconds", "Duration of jobs.", ["kind"], buckets=_JOB_SECONDS, registry=registry
        )
        self._jobs = Counter("mas_jobs", "Finished jobs.", ["kind", "outcome"], registry=registry)
        self._github = Counter(
            "mas_github_requests",
            "Requests to GitHub; status 0 means no response.",
            ["method", "status"],
            registry=registry,
        )
        self._remaining = Gauge(
            "mas_github_rate_remaining",
            "Remaining requests in GitHub's rate limit.",
            ["installation", "resource"],
            registry=registry,
        )
        self._edits = Counter(
            "mas_doc_edits", "Doc edits: proposed, merged, rejected.", ["rule", "outcome"], registry=registry
        )
        self._findings = Counter("mas_findings", "Findings of security reviews.", ["severity"], registry=registry)

    # ---------------------------------------------------------- recording

    def count_delivery(self, event: str, outcome: str) -> None:
        """Count a delivery by outcome: `accepted`, `duplicate`, `ignored`, `refused` or `unavailable`."""
        self._deliveries.labels(event, outcome).inc()

    def record_backlog(self, depth: int, oldest_seconds: float) -> None:
        """Set the number of unfinished deliveries, and the age of the oldest one."""
        self._depth.set(depth)
        self._oldest.set(oldest_seconds)

    def record_index_age(self, seconds: float) -> None:
        """Set the age of the oldest queued index update."""
        self._index_age.set(seconds)

    def record_job(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a finished job with its duration."""
        self._jobs.labels(kind, outcome).inc()
        self._job_seconds.labels(kind).observe(seconds)

    def count_github_response(self, identity: str, method: str, status: int, headers: Mapping[str, str]) -> None:
        """Count a response of GitHub. `identity` is an installation id, or `app` for the App itself."""
        self._github.labels(method if method in _METHODS else "OTHER", str(status)).inc()
        left, resource = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-resource", "core")
        if left.isascii() and left.isdigit():
            self._remaining.labels(identity, resource).set(int(left))

    def count_edit(self, rule: str, outcome: str) -> None:
        """Count an edit that was `proposed`, `merged` or `rejected`."""
        self._edits.labels(rule, outcome).inc()

    def count_finding(self, severity: str) -> None:
        """Count a finding of a security review."""
        self._findings.labels(severity).inc()

    def record_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request to this process. `route` is a route template, or `unmatched`."""
        self._http.labels(route, method if method in _METHODS else "OTHER", str(status)).inc()
        self._http_seconds.labels(route).observe(seconds)

    # ---------------------------------------------------------- output

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus's text format, `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    def as_json(self) -> list[dict[str, Any]]:
        """Return all metrics as plain values: one object per family, with its name, type, help and samples."""
        return [*self._families()]

    def _families(self) -> Iterator[dict[str, Any]]:
        for family in self.registry.collect():
            samples = [{"name": s.name, "labels": dict(s.labels), "value": s.value} for s in family.samples]
            yield {"name": family.name, "type": family.type, "help": family.documentation, "samples": samples}
