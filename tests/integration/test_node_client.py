"""The official Node client drives the gateway."""

import os
import pathlib
import subprocess

from harness import DEADLINE_S, until


def test_node_client(gateway, upstream):
    before = upstream.stats()["aborted"]
    result = subprocess.run(
        ["node", pathlib.Path(__file__).with_name("node_client.mjs"), os.environ["ROUTELLM_NODE_OPENAI"], gateway.base_url],
        capture_output=True,
        text=True,
        timeout=3 * DEADLINE_S,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    # The case `timeout` and the case `earlyDisconnect`.
    until(lambda: upstream.stats()["aborted"] == before + 2, "both calls are cancelled")
