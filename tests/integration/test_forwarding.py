"""What reaches the upstream, and what comes back."""

import json

import pytest

from harness import Gateway, chat_body, model, pair_config

# Bodies with everything that a rewriting proxy could lose; MODEL is where the model's name goes.
BODIES = {
    "unknown fields and odd spacing": b'{ "model" : MODEL ,\n\t"messages":[ {"role":"user","content":"hi"} ],'
    b'"x_unknown":{"a":[1, 2.50, 1e-3, -0]},"seed":18446744073709551615}',
    "model comes last": b'{"messages":[{"role":"user","content":"hi"}],"temperature":0.70,"model":MODEL}',
    "tools": b'{"model":MODEL,"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":'
    b'{"name":"f","parameters":{"type":"object","properties":{"model":{"type":"string"}}}}}],'
    b'"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false}',
    "json schema": b'{"model":MODEL,"messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema",'
    b'"json_schema":{"name":"n","strict":true,"schema":{"type":"object","additionalProperties":false}}}}',
    "parts": b'{"model":MODEL,"messages":[{"role":"user","content":[{"type":"text","text":"what is this?"},'
    b'{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}}]}]}',
    "null content": b'{"model":MODEL,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,'
    b'"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\\"model\\":\\"x\\"}"}}]},'
    b'{"role":"tool","tool_call_id":"c","content":"42"}]}',
    "escapes and other scripts": '{"model":MODEL,"messages":[{"role":"user","content":"\\u00e9\\ud83d\\ude00 é 日本 \\\\ \\/"}]}'
    .encode(),
    "the word model in other places": b'{"user":"\\"model\\":\\"x\\"","metadata":{"model":"kept"},"model":MODEL,'
    b'"messages":[{"role":"user","content":"\\"model\\""}]}',
}


@pytest.mark.parametrize("name", BODIES)
def test_only_the_value_of_model_changes(gateway, upstream, name):
    response = gateway.chat(BODIES[name].replace(b"MODEL", b'"to-strong"'))
    assert response.status == 200, response.body
    _, received = upstream.requests()[-1]
    assert received == BODIES[name].replace(b"MODEL", b'"upstream-strong"')


def test_an_escaped_model_name_is_understood(gateway, upstream):
    response = gateway.chat(b'{"model":"\\u0074o-weak","messages":[{"role":"user","content":"hi"}]}')
    assert response.status == 200, response.body
    assert upstream.requests()[-1][1] == b'{"model":"upstream-weak","messages":[{"role":"user","content":"hi"}]}'


def test_a_large_body_arrives_whole(gateway, upstream):
    text = "0123456789abcdef" * (8 * 1024 * 1024 // 16)
    response = gateway.chat(chat_body(text))
    assert response.status == 200, response.body
    sent = json.loads(upstream.requests()[-1][1])
    assert sent["model"] == "upstream-weak"
    assert sent["messages"][0]["content"] == text


def test_the_answer_is_the_upstreams_byte_for_byte(gateway, upstream):
    body = chat_body("Hello", stream=False)
    direct = upstream.request(
        "POST", "/v1/chat/completions", json.dumps({**body, "model": "upstream-weak"}).encode()
    )
    through = gateway.chat(body)
    assert through.status == 200
    assert through.body == direct.body
    assert json.loads(through.body)["model"] == "upstream-model"


def test_a_stream_is_the_upstreams_byte_for_byte(gateway, upstream):
    body = chat_body(stream=True, stream_options={"include_usage": True}, user="mock:chunks=300")
    direct = upstream.request(
        "POST", "/v1/chat/completions", json.dumps({**body, "model": "upstream-weak"}).encode()
    )
    through = gateway.chat(body)
    assert through.headers["content-type"] == "text/event-stream"
    assert through.body == direct.body


@pytest.mark.parametrize("framing", ["chunked", "until-close", "trickle=1", "interim=103", "interim=100"])
@pytest.mark.parametrize("stream", [False, True])
def test_any_framing_of_the_upstream_is_understood(gateway, upstream, framing, stream):
    body = chat_body(stream=stream, user="mock:chunks=3")
    usual = upstream.request(
        "POST", "/v1/chat/completions", json.dumps({**body, "model": "upstream-weak"}).encode()
    )
    through = gateway.chat({**body, "user": "mock:chunks=3;" + framing})
    assert through.status == 200
    if stream:
        assert through.body == usual.body
    else:
        assert json.loads(through.body)["choices"] == json.loads(usual.body)["choices"]


def test_chunks_come_as_they_are_made(gateway):
    """The first event arrives although the upstream never sends the second."""
    connection = gateway.connect()
    body = json.dumps(chat_body(stream=True, user="mock:stall=2")).encode()
    connection.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    )
    received = b""
    while b'"role":"assistant"' not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    connection.close()


def test_what_a_client_may_see_of_the_decision(gateway):
    response = gateway.chat({**chat_body(), "model": "to-strong"})
    assert response.headers["x-routellm-model"] == "strong"
    assert response.headers["x-routellm-router"] == "mf"
    assert 0.0 <= float(response.headers["x-routellm-win-rate"]) <= 1.0
    assert float(response.headers["x-routellm-threshold"]) == 0.0
    first, second = (gateway.chat(chat_body()).headers["x-routellm-request-id"] for _ in range(2))
    assert first and second and first != second


@pytest.mark.parametrize("name, upstream_model", [
    ("to-strong", b"upstream-strong"),
    ("to-weak", b"upstream-weak"),
    ("router-mf-0", b"upstream-strong"),
    ("router-mf-0.0", b"upstream-strong"),
    ("router-mf-1", b"upstream-weak"),
    ("router-random-0", b"upstream-strong"),
    ("strong", b"upstream-strong"),
    ("weak", b"upstream-weak"),
])
def test_every_kind_of_model_name(gateway, upstream, name, upstream_model):
    assert gateway.chat({**chat_body(), "model": name}).status == 200
    assert b'"model": "%s"' % upstream_model in upstream.requests()[-1][1]


def test_a_plain_model_is_not_routed(gateway):
    response = gateway.chat({**chat_body(), "model": "weak"})
    assert response.headers["x-routellm-model"] == "weak"
    assert response.headers["x-routellm-win-rate"] is None


def test_a_request_without_text_goes_where_the_route_says(start, upstream):
    config = pair_config(upstream.base_url, upstream.base_url)
    config["routes"]["careful"] = {**config["routes"]["to-weak"]}
    config["routes"]["thrifty"] = {**config["routes"]["to-strong"], "when_unscorable": "weak"}
    gateway = start(Gateway, config)
    image = [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]
    for route, chosen in (("careful", "strong"), ("thrifty", "weak")):
        response = gateway.chat({"model": route, "messages": [{"role": "user", "content": image}]})
        assert response.status == 200, response.body
        assert response.headers["x-routellm-model"] == chosen


def test_the_last_user_turn_is_scored(gateway):
    def win_rate(*messages):
        response = gateway.chat({"model": "auto", "messages": list(messages)})
        assert response.status == 200, response.body
        return response.headers["x-routellm-win-rate"]

    easy = {"role": "user", "content": "hi"}
    hard = {"role": "user", "content": "Prove that a finite integral domain is a field, step by step."}
    reply = {"role": "assistant", "content": "Certainly."}
    tool = {"role": "tool", "tool_call_id": "c", "content": "a very long tool output " * 20}
    parts = {"role": "user", "content": [{"type": "text", "text": hard["content"]},
                                         {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}
    assert win_rate(hard) != win_rate(easy)
    assert win_rate(easy, reply, hard) == win_rate(hard)
    assert win_rate(hard, reply, tool) == win_rate(hard)
    assert win_rate(parts) == win_rate(hard)


def test_keys_and_private_headers(start, upstream):
    config = pair_config(upstream.base_url, upstream.base_url)
    config["models"]["strong"] = {"model": "openai/s", "base_url": upstream.base_url, "api_key_env": "A_TEST_KEY"}
    config["models"]["own"] = {**model("own", upstream.base_url), "auth": "client"}
    gateway = start(Gateway, config, env={"A_TEST_KEY": "sk-of-the-operator"})

    def received_head(name):
        assert gateway.chat({**chat_body(), "model": name}, authorization="Bearer sk-of-the-client").status == 200
        return upstream.requests()[-1][0].lower()

    with_key = received_head("strong")
    assert b"authorization: bearer sk-of-the-operator" in with_key
    assert b"sk-of-the-client" not in with_key
    assert b"sk-of-the-client" not in received_head("weak")
    assert b"authorization: bearer sk-of-the-client" in received_head("own")
    assert "sk-of-the" not in gateway.errors()
