"""What operators and tools read: models, health, metrics, decisions."""

import json
import re

import pytest
from harness import Gateway, Server, chat_body, error_of, pair_config


def test_models(gateway):
    models = gateway.get_json("/v1/models")
    assert models["object"] == "list"
    ids = [entry["id"] for entry in models["data"]]
    assert {"to-strong", "to-weak", "auto", "strong", "weak"} <= set(ids)
    assert len(set(ids)) == len(ids)
    for entry in models["data"]:
        assert entry["object"] == "model"
        assert isinstance(entry["created"], int)
        assert isinstance(entry["owned_by"], str)


@pytest.mark.parametrize("path, name", [("strong", "strong"), ("auto", "auto"), ("router-random-0.25", "router-random-0.25"),
                                        ("%73trong", "strong")])
def test_a_model(gateway, path, name):
    model = gateway.get_json(f"/v1/models/{path}")
    assert model == {"id": name, "object": "model", "created": 0, "owned_by": "routellm"}


@pytest.mark.parametrize("path, status, code", [("nobody", 404, "model_not_found"), ("a/b", 404, "model_not_found"),
                                                ("%ff", 404, "model_not_found"), ("router-random-2", 400, None)])
def test_a_model_that_is_not_there(gateway, path, status, code):
    response = gateway.request("GET", f"/v1/models/{path}")
    assert response.status == status
    assert error_of(response)["code"] == code


def test_health(gateway):
    response = gateway.request("GET", "/health")
    assert response.status == 200


SAMPLE = re.compile(r'^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="(\\.|[^"\\\n])*",?)*\})? \S+$')


def parse_metrics(text):
    """Samples by metric family, checked against the Prometheus text format."""
    types, samples = {}, {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in types, f"two TYPE lines for {name}"
            types[name] = kind
        elif line and not line.startswith("#"):
            assert SAMPLE.match(line), line
            key, value = line.rsplit(" ", 1)
            assert key not in samples, f"{key} twice"
            samples[key] = float(value)
    return types, samples


def test_metrics(start, upstream):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url))
    for name in ("to-strong", "to-strong", "to-weak", "weak", "nobody"):
        gateway.chat({**chat_body(), "model": name})
    gateway.chat(chat_body(user="mock:status=429"))
    response = gateway.request("GET", "/metrics")
    assert response.status == 200
    assert response.headers["content-type"].startswith("text/plain")
    types, samples = parse_metrics(response.body.decode())
    assert types["routellm_requests_total"] == "counter"
    assert gateway.metric("routellm_requests_total", model="strong", route="to-strong", router="mf", status="200") == 2
    assert gateway.metric("routellm_requests_total", model="weak", status="429") == 1
    assert gateway.metric("routellm_requests_total", status="404") == 1
    histograms = [name for name, kind in types.items() if kind == "histogram"]
    assert len(histograms) >= 3
    for name in histograms:
        counts = [value for key, value in samples.items() if key.startswith(name + "_count")]
        infinite = [value for key, value in samples.items() if key.startswith(name + "_bucket") and 'le="+Inf"' in key]
        assert counts and counts == infinite
        assert any(key.startswith(name + "_sum") for key in samples)


def test_a_label_cannot_be_forged(start, upstream):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url))
    for n in range(30):
        gateway.chat({**chat_body(), "model": f'stranger-{n}"}} 1\nforged 1'})
    text = gateway.request("GET", "/metrics").body.decode()
    parse_metrics(text)
    assert "stranger" not in text and "forged" not in text


def test_route_decides_without_a_call(gateway, upstream):
    before = upstream.stats()["requests"]
    for body in (chat_body("What is 2 + 2?"), {"model": "to-weak", "prompt": "What is 2 + 2?"}):
        response = gateway.request("POST", "/v1/route", json.dumps(body).encode())
        assert response.status == 200, response.body
        decision = json.loads(response.body)
        assert decision["model"] == "weak"
        assert decision["router"] == "mf"
        assert 0 <= decision["win_rate"] <= 1
        assert decision["threshold"] == 1
    assert upstream.stats()["requests"] == before


def test_route_explains_if_asked(gateway):
    def decide(**more):
        body = json.dumps({"model": "auto", "prompt": "What is 2 + 2?", **more}).encode()
        return json.loads(gateway.request("POST", "/v1/route", body).body)

    explanation = decide(explain=True)["explanation"]
    assert explanation["basis"] and explanation["reasons"]
    assert all(set(reason) == {"what", "effect"} for reason in explanation["reasons"])
    assert "explanation" not in decide() and "explanation" not in decide(explain=False)
    assert decide(model="strong", explain=True)["explanation"] is None, "nothing was scored"


def test_route_and_chat_agree(gateway):
    body = {**chat_body("Derive the quadratic formula."), "model": "auto"}
    decision = json.loads(gateway.request("POST", "/v1/route", json.dumps(body).encode()).body)
    answered = gateway.chat(body)
    assert decision["model"] == answered.headers["x-routellm-model"]
    assert abs(decision["win_rate"] - float(answered.headers["x-routellm-win-rate"])) < 1e-4


def test_route_refuses_what_it_cannot_decide(gateway):
    for body, status in ((b"{", 400), (b'{"model":"auto"}', 400), (b'{"model":"nobody","prompt":"x"}', 404)):
        response = gateway.request("POST", "/v1/route", body)
        assert response.status == status, response.body
        error_of(response)


def test_prompts_stay_private(start, upstream):
    config = pair_config(upstream.base_url, upstream.base_url, verbose=True)
    gateway = start(Gateway, config)
    for more in ({}, {"user": "mock:close=0"}, {"user": "mock:status=500"}, {"stream": True, "user": "mock:close=3"}):
        gateway.chat(chat_body("the-secret-of-the-prompt", **more))
    gateway.chat(b'{"model":"to-weak","messages":[{"role":"user","content":"the-secret-of-the-prompt')
    assert "the-secret" not in gateway.errors()


def test_flags_instead_of_a_file(start, upstream):
    class GatewayByFlags(Server):
        chat = Gateway.chat

    gateway = start(
        GatewayByFlags, "serve", "--port", "0", "--workers", "1", "--router", "mf", "--threshold", "0.5",
        "--strong-model", "openai/big", "--weak-model", "openai/small",
        "--base-url", upstream.base_url, "--api-key", "sk-test",
    )
    for name, sent in (("router-mf-0", b"big"), ("router-mf-1", b"small")):
        response = gateway.chat({**chat_body(), "model": name})
        assert response.status == 200, response.body
        head, body = upstream.requests()[-1]
        assert b'"model": "%s"' % sent in body
        assert b"bearer sk-test" in head.lower()
