"""Endpoints of code scanning.

https://docs.github.com/rest/code-scanning/code-scanning
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

from github_sandbox.refusal import Refusal
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.state import node_id


def upload(call: Call) -> Reply:
    """SARIF, packed with gzip and in Base64, for a commit and a ref."""
    commit, ref = str(call.body.get("commit_sha")), str(call.body.get("ref"))
    if call.repository.git.resolve(commit) is None:
        raise Refusal(422, "Validation Failed: commit_sha is not in the repository")
    if not ref.startswith("refs/"):
        raise Refusal(422, f"Invalid request.\n\nref {ref!r} is not fully qualified.")
    call.repository.analyses[ref, commit] = _unpacked(str(call.body.get("sarif")))
    identity = node_id("SARIF", call.world.new_id())
    url = f"{call.world.api_url}/repos/{call.repository.full_name}/code-scanning/sarifs/{identity}"
    return Reply(202, {"id": identity, "url": url})


def _unpacked(sarif: str) -> dict[str, Any]:
    try:
        found = json.loads(gzip.decompress(base64.b64decode(sarif, validate=True)))
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise Refusal(400, "The SARIF is no gzip in Base64 of JSON.") from error
    if found.get("version") != "2.1.0":
        raise Refusal(400, "The SARIF is not of version 2.1.0.")
    return dict(found)


ROUTES = (Route("POST", "/repos/{owner}/{repo}/code-scanning/sarifs", upload, "security_events=write"),)
