"""Traces of jobs, steps and requests to GitHub, sent to an OTLP/HTTP collector if one is configured.

https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot import __version__
from bot.errors import UserError

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_tracer: Tracer | None = None


@contextmanager
def span(name: str, **attributes: str) -> Iterator[None]:
    """Record the block as a span, a child of the enclosing one. Of an error, only its type is recorded."""
    if _tracer is None:
        yield
        return
    from opentelemetry.trace import Status, StatusCode

    with _tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def configure(endpoint: str) -> Callable[[], None]:
    """Start sending spans to a collector such as `http://127.0.0.1:4318`. Return a function that flushes and stops.

    Raises:
        UserError: the extra `otel` is not installed.
    """
    global _tracer
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise UserError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the exporter of traces is not installed.",
            "Install it (pip install 'mas-docs-bot[otel]'), or unset the variable.",
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "mas", "service.version": __version__}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("mas", __version__)

    def shut_down() -> None:
        global _tracer
        _tracer = None
        provider.shutdown()

    return shut_down
