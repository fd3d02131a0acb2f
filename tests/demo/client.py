"""Asks memprof-demo once for each of its pages, and goes away in the middle of
a stream.  Usage: client.py HOST:PORT; fails where an answer is not as it should
be."""

import http.client
import socket
import struct
import sys

address = sys.argv[1]
host, port = address.split(":")

STATUS = {
    "/": 200,
    "/clean": 200,
    "/leaking": 200,
    "/spike": 200,
    "/cached": 200,
    "/handover": 200,
    "/busy": 200,
    "/slow": 200,
    "/stream": 200,
    "/failing": 500,
    "/cafe": 200,
    "/no/such/page": 404,
}


def expect(what, got, want):
    if got != want:
        sys.exit(f"{what}: {got!r} instead of {want!r}")


def ask(connection, path, body=None):
    connection.request("POST" if body else "GET", path, body)
    response = connection.getresponse()
    return response.status, response.read().decode()


# One connection for all: keep-alive.
server = http.client.HTTPConnection(host, int(port), timeout=20)
for path, status in STATUS.items():
    got, text = ask(server, path)
    expect(path, got, status)
    if path == "/failing":
        print(text.split()[-1])
expect("a stream's length", len(ask(server, "/stream?pieces=3")[1]), 3 * 4096)
expect("a body sent along", ask(server, "/clean", "x" * 100000)[0], 200)
server.close()

# A stream longer than all buffers between us.  Closed with bytes unread and
# without lingering, so that the server meets an error.
gone = socket.create_connection((host, int(port)), timeout=20)
gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
gone.sendall(b"GET /stream?pieces=1000000 HTTP/1.1\r\nHost: demo\r\n\r\n")
with gone.makefile("rb") as stream:
    expect("the stream", len(stream.read(1000000)), 1000000)
gone.close()
