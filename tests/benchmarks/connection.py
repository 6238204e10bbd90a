"""One connection that is kept open. It reads no more of a reply than it must: what a client does is in every time it takes."""

import json
import socket
import time
from urllib.parse import urlsplit


class Connection:
    def __init__(self, address, headers):
        parts = urlsplit(address)
        self.socket = socket.create_connection((parts.hostname, parts.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.headers = f"Host: {parts.netloc}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    def request(self, method, path, data=None):
        """The bytes of a request, with `data` in its envelope."""
        body = b"" if data is None else json.dumps({"data": data}).encode()
        return f"{method} {path} HTTP/1.1\r\n{self.headers}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def ask(self, request):
        """Status and body of the reply to a request."""
        self.socket.sendall(request)
        reply = self.socket.recv(65536)
        while (end := reply.find(b"\r\n\r\n")) < 0:
            reply += self.received()
        head = reply[:end].lower()
        at = head.index(b"content-length:") + len(b"content-length:")
        missing = int(head[at:].split(b"\r\n", 1)[0]) - (len(reply) - end - 4)
        while missing > 0:
            more = self.received()
            missing -= len(more)
            reply += more
        return int(reply[9:12]), reply[end + 4 :]

    def received(self):
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server has closed the connection")
        return more

    def timed(self, request, expected):
        """Seconds until the reply is there."""
        began = time.perf_counter()
        status, body = self.ask(request)
        took = time.perf_counter() - began
        if status != expected:
            raise RuntimeError(f"{status} in place of {expected}: {body[:1000]}")
        return took

    def data(self, method, path, data=None):
        """`data` of the reply."""
        status, body = self.ask(self.request(method, path, data))
        if status not in (200, 201):
            raise RuntimeError(f"{status}: {body[:1000]}")
        return json.loads(body)["data"]
