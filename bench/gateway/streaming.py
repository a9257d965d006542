"""Streamed answers: cost per chunk beside nginx without buffering. Usage: streaming.py [ROUNDS]"""

import sys

from servers import chat_body, load, median, servers, table

CHUNKS = 500
GAP_MS = 4
WIDTHS = (64, 200)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    body = chat_body("auto", stream=True)
    rows = [("streams", "nginx", "gateway", "ratio", "limit")]
    with servers("off", "--chunks", str(CHUNKS), "--token-ms", str(GAP_MS)) as (mock, nginx, gateway):
        for server in (nginx, gateway):
            load("streams", server, mock, body, 8, 1)
        for width in WIDTHS:
            cost_us = {nginx.name: [], gateway.name: []}
            for _ in range(rounds):
                for server in (nginx, gateway):
                    before = server.cpu_s()
                    load("streams", server, mock, body, width, 1)
                    cost_us[server.name].append((server.cpu_s() - before) / (width * CHUNKS) * 1e6)
            by_nginx, by_gateway = median(cost_us[nginx.name]), median(cost_us[gateway.name])
            rows.append((width, f"{by_nginx:.1f} us", f"{by_gateway:.1f} us", f"{by_gateway / by_nginx:.2f}", "1.25"))
    table(f"CPU per chunk, streams of {CHUNKS} chunks {GAP_MS} ms apart, every byte compared, median of {rounds} rounds", rows)


main()
