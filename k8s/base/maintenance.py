"""Answers 503 to everything: what stands in for MAS while somebody works on it.

GitHub records a delivery that it could not make and keeps it for three days, for `Redeliver` or the API.
"""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXT = b"MAS is being looked after and will be back soon.\n"


class Maintenance(BaseHTTPRequestHandler):
    def answer(self) -> None:
        # The probes of this pod ask for /health; all others are told to come back.
        self.send_response(200 if self.path == "/health" else 503)
        self.send_header("Retry-After", "300")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(TEXT)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(TEXT)

    do_GET = do_HEAD = do_POST = answer


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Maintenance).serve_forever()
