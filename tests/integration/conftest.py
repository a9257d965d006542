import pytest

from harness import Gateway, Mock, pair_config


@pytest.fixture
def start():
    """start(Class, arguments...) runs a server until the end of the test."""
    servers = []

    def start_one(kind, *arguments, **options):
        servers.append(kind(*arguments, **options))
        return servers[-1]

    yield start_one
    for server in reversed(servers):
        server.stop()


@pytest.fixture(scope="module")
def upstream():
    mock = Mock("--model", "upstream-model")
    yield mock
    mock.stop()


@pytest.fixture(scope="module")
def gateway(upstream):
    """A gateway with the limits that it has by itself, both models at `upstream`."""
    server = Gateway(pair_config(upstream.base_url, upstream.base_url))
    yield server
    server.stop()
