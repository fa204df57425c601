"""The line between telephone and server, which a test cuts where it likes: HTTPS in front, the real server behind."""

from __future__ import annotations

import http.client
import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SHELL = ("/m/", "/m/sw.js")
ALONE = {"connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding", "host"}


class Line:
    """`line.cut` lets nothing through; `line.lose` names addresses whose replies are thrown away once they came."""

    def __init__(self, behind: int, certificate: Path | None = None, key: Path | None = None) -> None:
        self.behind, self.cut, self.release = behind, False, 1
        self.lose: set[str] = set()
        self.seen: list[tuple[str, bytes, str]] = []  # path, body, token
        handler = type("Handler", (_Handler,), {"line": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        if certificate and key:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """The line is taken down."""
        self.server.shutdown()
        self.server.server_close()

    def sent(self, path: str) -> list[tuple[str, bytes, str]]:
        """What was sent to an address, in order."""
        return [each for each in self.seen if each[0].startswith(path)]


class _Handler(BaseHTTPRequestHandler):
    line: Line
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Quietly."""

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ssl.SSLError):
            self.close_connection = True

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0]
        if self.line.cut:
            self.close_connection = True
            return
        self.line.seen.append((path, body, self.headers.get("Authorization", "")))
        try:
            answer, content = self._ask(body, path)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        if path in self.line.lose:
            self.close_connection = True
            return
        self._answer(answer, content)

    def _ask(self, body: bytes, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        behind = http.client.HTTPSConnection(
            "127.0.0.1", self.line.behind, timeout=30, context=ssl._create_unverified_context()
        )
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ALONE}
        headers["Host"] = self.headers["Host"]
        if path not in SHELL:
            headers["Accept-Encoding"] = self.headers.get("Accept-Encoding", "")
        behind.request(self.command, self.path, body or None, headers)
        answer = behind.getresponse()
        return answer, answer.read()

    def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        if self.path.split("?")[0] in SHELL and self.line.release > 1:
            content = _released(content, self.line.release)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ALONE:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _released(content: bytes, number: int) -> bytes:
    """The shell as a later release serves it: another name on the page, another sum in the worker's list."""
    content = re.sub(rb'data-release="[0-9a-f]+"', b'data-release="release%d"' % number, content)
    return re.sub(rb'("url": "/m/",\s+"revision": ")[0-9a-f]+', rb"\g<1>" + b"%020d" % number, content)
