// The official Node client against a gateway: node node_client.mjs OPENAI_MODULE BASE_URL. Leaves with status 0 if all
// is as it should be.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [modulePath, baseURL] = process.argv.slice(2);
const OpenAI = createRequire(import.meta.url)(modulePath).default;
const client = new OpenAI({ baseURL, apiKey: 'sk-client', maxRetries: 0, timeout: 20_000 });
const messages = [{ role: 'user', content: 'What is the weather in Oslo?' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];

const cases = {
  async plain() {
    const { data, response } = await client.chat.completions.create({ model: 'auto', messages }).withResponse();
    assert.equal(data.model, 'upstream-model');
    assert.equal(data.usage.completion_tokens, 16);
    assert.ok(['strong', 'weak'].includes(response.headers.get('x-routellm-model')));
  },

  async streamed() {
    const plain = await client.chat.completions.create({ model: 'to-weak', messages });
    const stream = await client.chat.completions.create({
      model: 'to-weak', messages, stream: true, stream_options: { include_usage: true },
    });
    let text = '';
    let usage;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    assert.equal(text, plain.choices[0].message.content);
    assert.equal(usage.completion_tokens, 16);
  },

  async tools() {
    const choice = { type: 'function', function: { name: 'weather' } };
    const answer = await client.chat.completions.create({ model: 'to-strong', messages, tools, tool_choice: choice });
    assert.equal(answer.choices[0].message.tool_calls[0].function.name, 'weather');
    const stream = await client.chat.completions.create({ model: 'to-strong', messages, tools, stream: true });
    let calledArguments = '';
    for await (const chunk of stream) {
      calledArguments += chunk.choices[0].delta.tool_calls?.[0].function.arguments ?? '';
    }
    assert.equal(calledArguments, '{}');
  },

  async vision() {
    const content = [
      { type: 'text', text: 'What is in this picture?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    ];
    const answer = await client.chat.completions.create({ model: 'auto', messages: [{ role: 'user', content }] });
    assert.equal(answer.choices[0].finish_reason, 'stop');
  },

  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes('auto'));
    assert.equal((await client.models.retrieve('auto')).id, 'auto');
  },

  async errors() {
    const failure = (options) =>
      client.chat.completions.create({ model: 'to-weak', messages, ...options }).then(() => null, (error) => error);
    const unknown = await failure({ model: 'nobody' });
    assert.ok(unknown instanceof OpenAI.NotFoundError);
    assert.equal(unknown.code, 'model_not_found');
    assert.ok((await failure({ messages: [] })) instanceof OpenAI.BadRequestError);
    assert.ok((await failure({ user: 'mock:status=429' })) instanceof OpenAI.RateLimitError);
    assert.equal((await failure({ user: 'mock:reset=0' })).status, 502);
  },

  async brokenStream() {
    const stream = await client.chat.completions.create({
      model: 'to-weak', messages, stream: true, user: 'mock:close=4',
    });
    let received = 0;
    await assert.rejects(async () => {
      for await (const chunk of stream) received += chunk.choices.length;
    }, OpenAI.APIError);
    assert.equal(received, 3);
  },

  async timeout() {
    const error = await client.chat.completions
      .create({ model: 'to-weak', messages, user: 'mock:stall=0' }, { timeout: 200 })
      .then(() => null, (failure) => failure);
    assert.ok(error instanceof OpenAI.APIConnectionTimeoutError);
  },

  async earlyDisconnect() {
    const stream = await client.chat.completions.create({
      model: 'to-weak', messages, stream: true, user: 'mock:chunks=1000000;token-ms=5',
    });
    for await (const chunk of stream) {
      assert.ok(chunk.choices);
      break;
    }
  },
};

for (const [name, run] of Object.entries(cases)) {
  await run();
  console.log(`${name} passed`);
}
process.exit(0);
