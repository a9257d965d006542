"""An HTTP server whose answers a test writes: what embedding and scoring servers say and do."""

import http.server
import itertools
import json
import re
import socket
import threading


class Scripted:
    """Calls answer(path, body) for each POST, in the connection's thread: (status, value) as JSON, bytes to send as
    they are, or None to close the connection. `requests` are the bodies, `heads` the header fields."""

    def __init__(self, answer):
        scripted = self
        self.requests, self.heads = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                scripted.heads.append(dict(self.headers))
                scripted.requests.append(body)
                answer = scripted.answer(self.path, body)
                if answer is None:
                    self.close_connection = True
                    return
                if isinstance(answer, bytes):
                    self.wfile.write(answer)
                    self.close_connection = True
                    return
                status, value = answer
                text = json.dumps(value).encode()
                try:
                    self.send_response(status)
                    self.send_header("content-length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:  # whoever asked has gone
                    self.close_connection = True

            def log_message(self, *arguments):
                pass

        class HttpServer(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, address):
                pass

        self.answer = answer
        self._server = HttpServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def embeddings(vector):
    """Answers embeddings: vector(text) for each text."""

    def answer(path, body):
        assert path == "/v1/embeddings", path
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        return 200, {"data": [{"index": i, "embedding": vector(text)} for i, text in enumerate(texts)]}

    return answer


def unused_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class RawServer:
    """A TCP server: serve(connection, number) for each connection, in a thread of its own; it is closed afterwards."""

    def __init__(self, serve):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._serve = serve
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def _accept(self):
        for number in itertools.count():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection, number), daemon=True).start()

    def _one(self, connection, number):
        with connection:
            try:
                self._serve(connection, number)
            except OSError:  # the peer has gone
                pass

    def stop(self):
        self._listener.close()


def read_head(connection):
    """The head of a request, and what came of its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


def read_request(connection):
    head, body = read_head(connection)
    length = int(re.search(rb"content-length: (\d+)", head).group(1))
    while len(body) < length:
        body += connection.recv(65536)
    return head, body
