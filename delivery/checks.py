"""Whether a version is well: it says so itself, people get answers, Prometheus sees few errors."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from urllib.parse import quote

from delivery.cluster import Cluster
from delivery.traffic import web

PROBES = "/health|/ready|/metrics|/api/metrics"
"""Routes that nobody waits for: a pod that is not ready yet says 503 there, as it should."""


class NotWell(Exception):
    """The new version is not well; the text says by what it was seen."""


@dataclass(frozen=True)
class Watch:
    """How long to look after traffic was moved, and what is still well.

    Args:
        prometheus: NAMESPACE/SERVICE:PORT in the cluster; None to judge without it, by checks alone.
        seconds: how long to look on.
        errors: the share of requests that may end in 5xx.
        every: seconds between two looks.
    """

    prometheus: str | None
    seconds: float = 300
    errors: float = 0.01
    every: float = 15


def smoke(cluster: Cluster, slot: str, url: str) -> None:
    """Run `mas check URL` in a pod of the slot, so that names, services and network policies are checked with it.

    The pod has the token for it (MAS_CHECK_TOKEN), which so need not be known here.
    """
    check = ("mas", "check", url, "--attempts", "6", "--pause", "5")
    cluster.here("exec", web(slot), "--container", "mas", "--", *check)


def look_on(cluster: Cluster, slot: str, watch: Watch) -> None:
    """Return when the slot was well all the time.

    Raises:
        NotWell: pods are not ready, errors are many, or nothing can be seen of it.
    """
    end = time.monotonic() + watch.seconds
    while True:
        _is_ready(cluster, slot)
        if watch.prometheus:
            _has_few_errors(cluster, slot, watch)
        if time.monotonic() >= end:
            return
        time.sleep(watch.every)


def _is_ready(cluster: Cluster, slot: str) -> None:
    deployment = cluster.get(web(slot))
    wanted, ready = deployment["spec"]["replicas"], deployment.get("status", {}).get("readyReplicas", 0)
    # One may be on its way when the autoscaler adds it; half of them away is no coming and going.
    if not wanted or ready * 2 < wanted:
        raise NotWell(f"{ready} of {wanted} pods of {slot} are ready")


def _has_few_errors(cluster: Cluster, slot: str, watch: Watch) -> None:
    of = f'namespace="{cluster.namespace}",slot="{slot}"'
    if not _ask(cluster, watch, f"count(up{{{of}}} == 1)"):
        raise NotWell(f"Prometheus sees no pod of {slot}, so nobody would see its errors")
    asked = f'mas_http_requests_total{{{of},route!~"{PROBES}"'
    # Without a request in two minutes there is no rate to judge: the checks have to do.
    rate = _ask(cluster, watch, f'sum(rate({asked},status=~"5.."}}[2m])) / sum(rate({asked}}}[2m]) > 0)')
    if rate > watch.errors:
        raise NotWell(f"{rate:.1%} of the requests to {slot} end in an error; {watch.errors:.1%} is the most")


def _ask(cluster: Cluster, watch: Watch, query: str) -> float:
    """The one number that a query has; 0 when it has none."""
    namespace, service = str(watch.prometheus).split("/")
    path = f"/api/v1/namespaces/{namespace}/services/{service}/proxy/api/v1/query?query={quote(query)}"
    result = json.loads(cluster.kubectl("get", "--raw", path))["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0
