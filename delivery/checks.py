"""Health checks of a version: its own smoke test, ready pods, and the error rate in Prometheus."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from urllib.parse import quote

from delivery.cluster import Cluster
from delivery.traffic import web

PROBES = "/health|/ready|/metrics|/api/metrics"
"""Routes that are not counted as user requests: a pod that is not ready answers 503 there, as it should."""


class Unhealthy(Exception):
    """A version is not healthy, or the cluster is in a state that forbids the command. The message has the reason."""


@dataclass(frozen=True)
class Watch:
    """How to watch a version after its traffic changed.

    Args:
        prometheus: NAMESPACE/SERVICE:PORT in the cluster; None to rely on the other checks.
        seconds: how long to watch.
        errors: the maximum share of requests that may end in 5xx.
        every: seconds between two checks.
    """

    prometheus: str | None
    seconds: float = 300
    errors: float = 0.01
    every: float = 15


def smoke(cluster: Cluster, slot: str, url: str) -> None:
    """Run `mas check URL` in a pod of the slot, so that DNS, Services and network policies are tested as well.

    The pod has the token for it (MAS_CHECK_TOKEN), so this machine does not need it.
    """
    check = ("mas", "check", url, "--attempts", "6", "--pause", "5")
    cluster.in_namespace("exec", web(slot), "--container", "mas", "--", *check)


def watch_slot(cluster: Cluster, slot: str, watch: Watch) -> None:
    """Watch a slot for a while.

    Raises:
        Unhealthy: too few pods are ready, too many requests fail, or Prometheus does not see the pods.
    """
    end = time.monotonic() + watch.seconds
    while True:
        _require_ready_pods(cluster, slot)
        if watch.prometheus:
            _require_few_errors(cluster, slot, watch)
        if time.monotonic() >= end:
            return
        time.sleep(watch.every)


def _require_ready_pods(cluster: Cluster, slot: str) -> None:
    deployment = cluster.get(web(slot))
    wanted, ready = deployment["spec"]["replicas"], deployment.get("status", {}).get("readyReplicas", 0)
    # A pod that the autoscaler just added may not be ready yet. Half of the pods missing is not normal scaling.
    if not wanted or ready * 2 < wanted:
        raise Unhealthy(f"{ready} of {wanted} pods of {slot} are ready")


def _require_few_errors(cluster: Cluster, slot: str, watch: Watch) -> None:
    labels = f'namespace="{cluster.namespace}",slot="{slot}"'
    if not _query(cluster, watch, f"count(up{{{labels}}} == 1)"):
        raise Unhealthy(f"Prometheus sees no pod of {slot}, so its error rate is unknown")
    requests = f'mas_http_requests_total{{{labels},route!~"{PROBES}"'
    # Without a request in two minutes there is no rate. The other checks must suffice then.
    rate = _query(cluster, watch, f'sum(rate({requests},status=~"5.."}}[2m])) / sum(rate({requests}}}[2m]) > 0)')
    if rate > watch.errors:
        raise Unhealthy(f"{rate:.1%} of the requests to {slot} fail; the maximum is {watch.errors:.1%}")


def _query(cluster: Cluster, watch: Watch, query: str) -> float:
    """Return the single value of a Prometheus query; 0 if it has none."""
    namespace, service = str(watch.prometheus).split("/")
    path = f"/api/v1/namespaces/{namespace}/services/{service}/proxy/api/v1/query?query={quote(query)}"
    result = json.loads(cluster.kubectl("get", "--raw", path))["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0
