"""Print the pipeline's metrics from GitHub, in Prometheus's format, for a Pushgateway.

    GITHUB_TOKEN=… GITHUB_REPOSITORY=owner/name python scripts/pipeline_metrics.py | curl --data-binary @- URL

monitoring/alerts.yml uses these metrics. If GitHub does not answer, the script fails instead of printing 0.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

RUNS = 20
"""The number of recent runs in the success rate."""
ENVIRONMENTS = ("development", "staging", "production")


def ask(path: str) -> Any:
    """Return GitHub's JSON response to a GET on a path of the repository."""
    root = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    request = urllib.request.Request(  # noqa: S310 the URL comes from the operator
        f"{root}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}",
        headers={"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Accept": "application/vnd.github+json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # nosec B310
        return json.load(answer)


def runs(workflow: str) -> Iterator[str]:
    """Yield the success rate of a workflow's recent runs, without cancelled ones, and the newest run's duration."""
    found = ask(f"actions/workflows/{workflow}/runs?status=completed&per_page={RUNS}")["workflow_runs"]
    ended = [run for run in found if run["conclusion"] in ("success", "failure", "timed_out")]
    if not ended:
        return
    name = f'pipeline="{"mas-cicd" if workflow == "delivery.yml" else workflow.removesuffix(".yml")}"'
    yield f"pipeline_success_rate{{{name}}} {sum(run['conclusion'] == 'success' for run in ended) / len(ended)}"
    began, over = (datetime.fromisoformat(ended[0][key]) for key in ("run_started_at", "updated_at"))
    yield f"pipeline_duration_seconds{{{name}}} {(over - began).total_seconds()}"


def deployments(environment: str) -> Iterator[str]:
    """Yield whether the last finished deployment succeeded."""
    for deployment in ask(f"deployments?environment={environment}&per_page=5"):
        states = [status["state"] for status in ask(f"deployments/{deployment['id']}/statuses?per_page=30")]
        # A newer deployment sets the previous one to inactive; its earlier result counts.
        over = [state for state in states if state in ("success", "failure", "error")]
        if over:
            yield f'deployment_success{{environment="{environment}"}} {int(over[0] == "success")}'
            return


def vulnerabilities() -> Iterator[str]:
    """Yield the number of open code scanning findings, by severity."""
    alerts = ask("code-scanning/alerts?state=open&per_page=100")
    levels = Counter(str(alert["rule"].get("security_severity_level") or "none") for alert in alerts)
    for level in ("critical", "high", "medium", "low"):
        yield f'security_vulnerabilities{{severity="{level}"}} {levels[level]}'


def main() -> int:
    """Print all metrics."""
    for workflow in ("delivery.yml", "ci.yml", "security.yml"):
        print(*runs(workflow), sep="\n")
    for environment in ENVIRONMENTS:
        print(*deployments(environment), sep="\n")
    print(*vulnerabilities(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
