"""As much of S3 on loopback as a back-up needs, from Amazon's API reference: whole, in parts, listed, deleted.

Who asks must have signed with the one key; of the signature itself it is only seen that it is there.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

KEY_ID, SECRET = "AKIA-OF-THIS-TEST", "the secret of this test's storage"
_SIGNED = re.compile(
    rf"AWS4-HMAC-SHA256 Credential={KEY_ID}/\d{{8}}/[\w-]+/s3/aws4_request, .*Signature=[0-9a-f]{{64}}"
)
_DATE = "2026-01-02T03:04:05.000Z"


class ObjectStorage(ThreadingHTTPServer):
    """One bucket, `backups`; `objects` are what lies in it, `asked` the requests, `broken` what it does wrong."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.parts: dict[str, dict[int, bytes]] = {}
        self.broken = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def object_storage() -> Iterator[ObjectStorage]:
    """Serve it until the end of the block."""
    with ObjectStorage() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ObjectStorage
    protocol_version = "HTTP/1.1"

    def _admitted(self) -> bool:
        url = urlsplit(self.path)
        _, bucket, *rest = unquote(url.path).split("/", 2)
        self.key, self.query = "".join(rest), parse_qs(url.query, keep_blank_values=True)
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(f"{self.command} {self.path}")
        if not _SIGNED.fullmatch(self.headers.get("Authorization", "")):
            return self._refuse(403, "InvalidAccessKeyId")
        match self.server.broken:
            case self.command:
                return self._refuse(403, "AccessDenied")
            case "all":
                return self._refuse(500, "InternalError")
            case "region":
                return self._refuse(301, "PermanentRedirect")
        return bucket == "backups" or self._refuse(404, "NoSuchBucket")

    def do_PUT(self) -> None:
        if not self._admitted():
            return
        data = self.body[:-1] + b"!" if self.server.broken == "writes" else self.body
        if "uploadId" in self.query:
            self.server.parts[self.query["uploadId"][0]][int(self.query["partNumber"][0])] = data
        else:
            self.server.objects[self.key] = data
        self._answer(200)

    def do_POST(self) -> None:
        if not self._admitted():
            return
        if "uploads" in self.query:
            self.server.parts[self.key] = {}
            self._answer(
                200,
                "<InitiateMultipartUploadResult><Bucket>backups</Bucket>"
                f"<Key>{escape(self.key)}</Key><UploadId>{escape(self.key)}</UploadId></InitiateMultipartUploadResult>",
            )
        else:
            parts = self.server.parts.pop(self.query["uploadId"][0])
            self.server.objects[self.key] = b"".join(parts[number] for number in sorted(parts))
            self._answer(200, '<CompleteMultipartUploadResult><ETag>"made"</ETag></CompleteMultipartUploadResult>')

    def do_GET(self) -> None:
        if not self._admitted():
            return
        if not self.key:
            self._list()
        elif (data := self.server.objects.get(self.key)) is None:
            self._refuse(404, "NoSuchKey")
        elif ranged := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")):
            first, last = int(ranged[1]), min(int(ranged[2]), len(data) - 1)
            self._answer(206, data[first : last + 1], span=f"bytes {first}-{last}/{len(data)}")
        else:
            self._answer(200, data)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        if self._admitted():
            self.server.objects.pop(self.key, None)
            self._answer(204)

    def _list(self) -> None:
        """Pages of two, so that whoever reads only the first one is found out."""
        prefix = self.query.get("prefix", [""])[0]
        after = self.query.get("continuation-token", [""])[0]
        keys = sorted(key for key in self.server.objects if key.startswith(prefix) and key > after)
        direct = [key for key in keys if "/" not in key[len(prefix) :]]
        page = direct[:2]
        said = "".join(
            f'<Contents><Key>{escape(key)}</Key><LastModified>{_DATE}</LastModified><ETag>"e"</ETag>'
            f"<Size>{len(self.server.objects[key])}</Size></Contents>"
            for key in page
        )
        more = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if direct[2:] else ""
        self._answer(
            200,
            f"<ListBucketResult><IsTruncated>{str(bool(more)).lower()}</IsTruncated>{more}{said}</ListBucketResult>",
        )

    def _refuse(self, status: int, code: str) -> bool:
        self._answer(status, f"<Error><Code>{code}</Code><Message>{KEY_ID} may not.</Message></Error>")
        return False

    def _answer(self, status: int, body: str | bytes = b"", span: str = "") -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", '"e"')
        self.send_header("Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT")
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing: `asked` has it."""
