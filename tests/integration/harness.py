"""Runs the real program: simulated upstreams, gateways, and plain sockets towards them."""

import base64
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

BINARY = os.environ["ROUTELLM_BINARY"]
SANITIZED = bool(os.environ.get("ROUTELLM_SANITIZED"))
DEADLINE_S = 20


def until(condition, what):
    """Polls `condition` until it holds and returns its value."""
    give_up = time.monotonic() + DEADLINE_S
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < give_up, f"waited in vain until {what}"
        time.sleep(0.005)


class Server:
    """One process of the program that says where it listens."""

    def __init__(self, *arguments, env=None, errors=None):
        self._errors = errors or tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [BINARY, *arguments],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **(env or {})},
        )
        line = ""
        while not line.startswith("listening on "):
            line = self.process.stdout.readline().decode()
            if not line:
                self.process.wait(DEADLINE_S)
                raise RuntimeError(f"{arguments} did not start\n{self.errors()}")
        self.port = int(line.rsplit(":", 1)[1])

    def errors(self):
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def stop(self):
        """Ends the process as an operator would; a sanitizer's finding or a crash fails here."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()
        assert status == 0, f"left with {status}\n{self.errors()}"

    def connect(self, timeout=DEADLINE_S):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def request(self, method, target, body=None, headers=None):
        """One request on a connection of its own: the response, read, with its body as `.body`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            response.body = response.read()
            return response
        finally:
            connection.close()

    def get_json(self, target):
        response = self.request("GET", target)
        assert response.status == 200, response.body
        return json.loads(response.body)


class Mock(Server):
    def __init__(self, *arguments):
        super().__init__("mock-upstream", "--port", "0", "--record", "50", *arguments)

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self):
        return self.get_json("/mock/stats")

    def requests(self):
        """The latest requests as (head, body) in bytes."""
        raw = self.get_json("/mock/requests")["requests"]
        return [tuple(base64.b64decode(one).split(b"\r\n\r\n", 1)) for one in raw]


def model(name, base_url, **more):
    return {"model": f"openai/{name}", "base_url": base_url, "auth": "none", **more}


def pair_config(strong_url, weak_url, limits=None, **more):
    """Models `strong` and `weak`; routes `to-strong` and `to-weak` that always decide so, and `auto`."""

    def route(threshold):
        return {"router": "mf", "threshold": threshold, "strong": "strong", "weak": "weak"}

    return {
        "listen": "127.0.0.1:0",
        "workers": 1,
        "models": {
            "strong": model("upstream-strong", strong_url, price={"input": 2.5, "output": 10}),
            "weak": model("upstream-weak", weak_url, price={"input": 0.1, "output": 0.4}),
        },
        "routers": {"mf": {}, "random": {"seed": 1}},
        "routes": {"to-strong": route(0), "to-weak": route(1), "auto": route(0.5)},
        "default_route": "auto",
        "limits": limits or {},
        **more,
    }


class Gateway(Server):
    def __init__(self, config, env=None, errors=None):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "routellm.yaml"
            path.write_text(json.dumps(config))  # JSON is YAML
            super().__init__("serve", "--config", str(path), env=env, errors=errors)

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def chat(self, body, **headers):
        """Posts a chat completion; `body` is bytes or what json.dumps takes."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.request(
            "POST", "/v1/chat/completions", body, {"content-type": "application/json", **headers}
        )

    def metric(self, name, **labels):
        """The sum of the samples of `name` that bear `labels`."""
        total = 0.0
        for line in self.request("GET", "/metrics").body.decode().splitlines():
            if line.startswith(name) and line[len(name)] in " {":
                if all(f'{key}="{value}"' in line for key, value in labels.items()):
                    total += float(line.rsplit(" ", 1)[1])
        return total


def nothing_in_flight(gateway):
    """Nothing but the request for the metrics itself."""
    return gateway.metric("routellm_requests_in_flight") <= 1


def chat_body(text="Hello", **more):
    return {"model": "to-weak", "messages": [{"role": "user", "content": text}], **more}


def post_bytes(body, fields=""):
    """A chat completion as it is written to a socket by hand; `body` is bytes or what json.dumps takes."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n{fields}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def receive_response(connection, method="POST"):
    """Reads one response off a socket that a request was written to by hand."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    response.body = response.read()
    return response


def error_of(response):
    """The error object of a response, checked for OpenAI's shape."""
    assert response.headers["content-type"].startswith("application/json")
    error = json.loads(response.body)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert isinstance(error["message"], str) and error["message"]
    return error


def events_of(body):
    """The data of each server-sent event of a stream that ended properly."""
    assert body.endswith(b"\n\n"), body[-200:]
    return [event.removeprefix("data: ") for event in body.decode().split("\n\n")[:-1]]
