"""The maintenance page: answer every request with 503 while MAS is down.

GitHub keeps failed deliveries for three days, for redelivery on its page or through its API.
"""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXT = b"MAS is down for maintenance. Please try again later.\n"


class Maintenance(BaseHTTPRequestHandler):
    def answer(self) -> None:
        # The probes of this pod request /health.
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
