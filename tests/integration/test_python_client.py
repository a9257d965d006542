"""The official Python client drives the gateway."""

import json

import openai
import pytest

from harness import Gateway, pair_config, until

ASK = [{"role": "user", "content": "What is the weather in Oslo?"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "forecast",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"degrees": {"type": "number"}},
            "required": ["degrees"],
            "additionalProperties": False,
        },
    },
}


@pytest.fixture
def client(gateway):
    with openai.OpenAI(base_url=gateway.base_url, api_key="sk-client", max_retries=0, timeout=20) as client:
        yield client


def test_plain(client):
    answer = client.chat.completions.create(model="auto", messages=ASK)
    assert answer.model == "upstream-model"
    assert answer.choices[0].message.content.startswith("The simulated model")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens == 16


def test_the_decision_is_in_the_headers(client):
    raw = client.chat.completions.with_raw_response.create(model="router-mf-0.11593", messages=ASK)
    assert raw.headers["x-routellm-model"] in ("strong", "weak")
    assert raw.headers["x-routellm-threshold"] == "0.11593"
    assert raw.parse().choices


def test_streamed(client):
    plain = client.chat.completions.create(model="to-weak", messages=ASK)
    stream = client.chat.completions.create(
        model="to-weak", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == plain.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == 16


@pytest.mark.parametrize("choice", ["auto", {"type": "function", "function": {"name": "weather"}}])
def test_tools(client, upstream, choice):
    answer = client.chat.completions.create(model="to-strong", messages=ASK, tools=[TOOL], tool_choice=choice)
    call = answer.choices[0].message.tool_calls[0]
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments) == {}
    assert answer.choices[0].finish_reason == "tool_calls"
    sent = json.loads(upstream.requests()[-1][1])
    assert sent["tools"] == [TOOL] and sent["tool_choice"] == choice


def test_streamed_tools(client):
    stream = client.chat.completions.create(model="to-strong", messages=ASK, tools=[TOOL], stream=True)
    calls = [call for chunk in stream for call in chunk.choices[0].delta.tool_calls or []]
    assert calls[0].function.name == "weather"
    assert "".join(call.function.arguments for call in calls) == "{}"


def test_a_tool_result_in_the_conversation(client):
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    answer = client.chat.completions.create(
        model="auto",
        messages=ASK
        + [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "12 degrees"},
        ],
    )
    assert answer.choices


def test_vision(client, upstream):
    parts = [
        {"type": "text", "text": "What is in this picture?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
    ]
    client.chat.completions.create(model="auto", messages=[{"role": "user", "content": parts}])
    assert json.loads(upstream.requests()[-1][1])["messages"][0]["content"] == parts


def test_response_format(client, upstream):
    client.chat.completions.create(model="auto", messages=ASK, response_format=SCHEMA)
    assert json.loads(upstream.requests()[-1][1])["response_format"] == SCHEMA


def test_fields_that_the_gateway_does_not_know(client, upstream):
    client.chat.completions.create(
        model="auto", messages=ASK, seed=7, logit_bias={"50256": -100}, extra_body={"top_k": 4, "nested": {"a": None}}
    )
    sent = json.loads(upstream.requests()[-1][1])
    assert sent["seed"] == 7 and sent["top_k"] == 4 and sent["nested"] == {"a": None}


def test_models(client):
    assert "auto" in [model.id for model in client.models.list()]
    assert client.models.retrieve("auto").id == "auto"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")


def test_errors_are_the_clients_own_classes(client):
    def create(**options):
        return client.chat.completions.create(**{"model": "to-weak", "messages": ASK, **options})

    with pytest.raises(openai.NotFoundError) as caught:
        create(model="nobody")
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError):
        create(messages=[])
    with pytest.raises(openai.RateLimitError) as caught:
        create(user="mock:status=429;retry-after=3")
    assert caught.value.response.headers["retry-after"] == "3"
    with pytest.raises(openai.AuthenticationError):
        create(user="mock:status=401")
    with pytest.raises(openai.InternalServerError) as caught:
        create(user="mock:close=0")
    assert caught.value.status_code == 502


def test_a_stream_that_breaks_raises_an_error(client):
    stream = client.chat.completions.create(model="to-weak", messages=ASK, stream=True, user="mock:close=4")
    received = []
    with pytest.raises(openai.APIError) as caught:
        for chunk in stream:
            received.append(chunk)
    assert len(received) == 3
    assert caught.value.code == "upstream_unavailable"


def test_timeout_of_the_client(gateway, upstream):
    before = upstream.stats()["aborted"]
    with openai.OpenAI(base_url=gateway.base_url, api_key="x", max_retries=0, timeout=0.2) as client:
        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(model="to-weak", messages=ASK, user="mock:stall=0")
    until(lambda: upstream.stats()["aborted"] > before, "the call is cancelled")


def test_timeout_of_the_gateway(start, upstream):
    limits = {"upstream_first_byte_timeout": "200ms"}
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url, limits))
    with openai.OpenAI(base_url=gateway.base_url, api_key="x", max_retries=0, timeout=20) as client:
        with pytest.raises(openai.InternalServerError) as caught:
            client.chat.completions.create(model="to-weak", messages=ASK, user="mock:stall=0")
    assert caught.value.status_code == 504


def test_early_disconnect(client, upstream):
    before = upstream.stats()["aborted"]
    stream = client.chat.completions.create(
        model="to-weak", messages=ASK, stream=True, user="mock:chunks=1000000;token-ms=5"
    )
    next(iter(stream))
    stream.close()
    until(lambda: upstream.stats()["aborted"] > before, "the stream is cancelled")
