"""Endpoints of code scanning.

https://docs.github.com/rest/code-scanning/code-scanning
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

from github_sandbox.errors import ApiError
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.state import node_id


def upload(call: Call) -> ApiResponse:
    """Upload SARIF (gzip in Base64) for a commit and a ref."""
    commit, ref = str(call.body.get("commit_sha")), str(call.body.get("ref"))
    if call.repository.git.resolve(commit) is None:
        raise ApiError(422, "Validation Failed: commit_sha is not in the repository")
    if not ref.startswith("refs/"):
        raise ApiError(422, f"Invalid request.\n\nref {ref!r} is not fully qualified.")
    call.repository.analyses[ref, commit] = _decode_sarif(str(call.body.get("sarif")))
    identity = node_id("SARIF", call.world.new_id())
    url = f"{call.world.api_url}/repos/{call.repository.full_name}/code-scanning/sarifs/{identity}"
    return ApiResponse(202, {"id": identity, "url": url})


def _decode_sarif(sarif: str) -> dict[str, Any]:
    try:
        report = json.loads(gzip.decompress(base64.b64decode(sarif, validate=True)))
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise ApiError(400, "Invalid SARIF: expected JSON, compressed with gzip and encoded in Base64.") from error
    if report.get("version") != "2.1.0":
        raise ApiError(400, "Invalid SARIF: expected version 2.1.0.")
    return dict(report)


ROUTES = (Route("POST", "/repos/{owner}/{repo}/code-scanning/sarifs", upload, "security_events=write"),)
