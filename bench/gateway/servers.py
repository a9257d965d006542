"""The servers that a comparison needs, each on one worker, and what they cost."""

import contextlib
import json
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

PROGRAM = "build/release/routellm"
LOAD = "build/release/routellm_load"
TICK_S = 1 / os.sysconf("SC_CLK_TCK")

# A prompt of 1,000 characters, the size for which the limits are stated.
PROMPT = ("Explain to a student, step by step, how a heap is built in linear time, and why it is not n log n. " * 11)[:1000]


def chat_body(model, **more):
    return json.dumps({"model": model, "messages": [{"role": "user", "content": PROMPT}], **more})


class Server:
    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def read_port(self):
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.port = int(line.rsplit(":", 1)[1])
                return self
        raise RuntimeError(f"{self.name} did not start")

    def pids(self):
        """The process and its children."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def cpu_s(self):
        """User and system time so far, of all threads."""
        ticks = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks * TICK_S

    def resident_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_body_buffer_size 64k;
  keepalive_requests 100000000;
  upstream models {{
    server 127.0.0.1:{upstream};
    keepalive 256;
    keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://models;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering {buffering};
    }}
  }}
}}
"""


def start_nginx(folder, upstream, buffering):
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, upstream=upstream, port=port, buffering=buffering))
    server = Server("nginx", ["nginx", "-c", str(config), "-e", str(folder / "error.log")])
    server.port = port
    for _ in range(500):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return server
        time.sleep(0.01)
    raise RuntimeError("nginx did not start")


def start_gateway(folder, upstream):
    # The models' names are as long as the route's, so that a request has the same length on either side of the gateway and
    # the upstream counts the same tokens.
    url = f"http://127.0.0.1:{upstream}/v1"
    config = {
        "listen": "127.0.0.1:0",
        "workers": 1,
        "models": {
            name: {"model": f"openai/{name}", "base_url": url, "auth": "none", "price": {"input": 1, "output": 2}}
            for name in ("huge", "tiny")
        },
        "routers": {"mf": {}},
        "routes": {"auto": {"router": "mf", "threshold": 0.5, "strong": "huge", "weak": "tiny"}},
        # As many kept connections as nginx has.
        "limits": {"upstream_idle_connections": 256},
    }
    path = folder / "routellm.yaml"
    path.write_text(json.dumps(config))
    return Server("gateway", [PROGRAM, "serve", "--config", str(path)]).read_port()


@contextlib.contextmanager
def servers(buffering, *mock_options):
    """(mock, nginx, gateway)"""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))

        def started(server):
            stack.callback(server.stop)
            return server

        mock = started(Server("mock", [PROGRAM, "mock-upstream", "--port", "0", *mock_options]).read_port())
        nginx = started(start_nginx(folder, mock.port, buffering))
        gateway = started(start_gateway(folder, mock.port))
        yield mock, nginx, gateway


def load(kind, server, mock, body, width, length):
    """Runs the load client, which compares every answer with the upstream's own."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(body)
        file.flush()
        result = subprocess.run(
            [LOAD, kind, str(server.port), str(mock.port), file.name, str(width), str(length)],
            capture_output=True, text=True, check=False,
        )
    if result.returncode != 0:
        raise RuntimeError(f"{server.name} gave wrong answers: {result.stdout}{result.stderr}")
    return json.loads(result.stdout)


def median(values):
    return statistics.median(values)


def table(title, rows):
    print(f"\n{title}")
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [str(cell).ljust(width) if i == 0 else str(cell).rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        print("  " + "   ".join(cells).rstrip())
