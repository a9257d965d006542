"""Plain answers: cost and throughput beside nginx, added latency, memory. Usage: plain.py [ROUNDS] [MILLION_REQUESTS]"""

import re
import subprocess
import sys
import tempfile

from servers import chat_body, load, median, servers, table

CONNECTIONS = 64
ROUND_S = 5
RATE = 1000

WRK_SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = %s
"""


def lua_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def run_wrk(server, body, seconds):
    """Requests answered, all of them with status 200."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(WRK_SCRIPT % lua_string(body))
        script.flush()
        output = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script.name,
             f"http://127.0.0.1:{server.port}/v1/chat/completions"],
            capture_output=True, text=True, check=True,
        ).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"{server.name} failed under load:\n{output}")
    return int(re.search(r"(\d+) requests in", output).group(1))


def compare_cost(rounds, targets, body):
    cost_us, throughput = ({server.name: [] for server in targets} for _ in range(2))
    for server in targets:
        run_wrk(server, body, 1)
    for _ in range(rounds):
        for server in targets:
            before = server.cpu_s()
            requests = run_wrk(server, body, ROUND_S)
            cost_us[server.name].append((server.cpu_s() - before) / requests * 1e6)
            throughput[server.name].append(requests / ROUND_S)
    nginx, gateway = (median(cost_us[server.name]) for server in targets)
    table(
        f"CPU and throughput, {CONNECTIONS} connections, one worker each, median of {rounds} rounds of {ROUND_S} s",
        [("", "nginx", "gateway", "ratio", "limit"),
         ("CPU per request", f"{nginx:.1f} us", f"{gateway:.1f} us", f"{gateway / nginx:.2f}", "1.50"),
         ("requests per second", *(f"{median(throughput[server.name]):,.0f}" for server in targets),
          f"{median(throughput[targets[1].name]) / median(throughput[targets[0].name]):.2f}", "")],
    )


def compare_latency(rounds, mock, targets, body):
    measured = {server.name: [] for server in (mock, *targets)}
    for _ in range(rounds):
        for server in (mock, *targets):
            measured[server.name].append(load("rate", server, mock, body, RATE, ROUND_S))
    rows = [("", "direct", "nginx", "gateway", "added by the gateway", "limit")]
    for key, limit in (("p50_ms", "0.150 ms"), ("p99_ms", "1.000 ms")):
        direct, nginx, gateway = (median([one[key] for one in measured[server.name]]) for server in (mock, *targets))
        rows.append((key[:3], *(f"{value:.3f} ms" for value in (direct, nginx, gateway)), f"{gateway - direct:.3f} ms", limit))
    table(f"Latency at {RATE} requests/s, median of {rounds} rounds of {ROUND_S} s, every answer compared", rows)


def watch_memory(gateway, body, requests):
    rows = [("requests", "resident"), ("before", f"{gateway.resident_mb():.1f} MB")]
    served, shown = 0, 0
    while served < requests:
        served += run_wrk(gateway, body, ROUND_S)
        if served - shown >= requests / 5 or served >= requests:
            rows.append((f"{served:,}", f"{gateway.resident_mb():.1f} MB"))
            shown = served
    table("Memory of the gateway (limit 40 MB, flat)", rows)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    millions = float(sys.argv[2]) if len(sys.argv) > 2 else 1
    body = chat_body("auto")
    with servers("on") as (mock, nginx, gateway):
        for server in (nginx, gateway):
            load("rate", server, mock, body, 200, 2)
        compare_cost(rounds, (nginx, gateway), body)
        compare_latency(rounds, mock, (nginx, gateway), body)
    with servers("on") as (mock, nginx, gateway):
        watch_memory(gateway, body, millions * 1e6)


main()
