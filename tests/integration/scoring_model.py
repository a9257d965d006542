"""A language model that knows nothing: Llama's architecture, random weights of a fixed seed, bytes for tokens, Llama
3's template, and the five labels of a fine-tuned scorer. `write` makes its GGUF file, `log_probabilities` computes with
numpy what it thinks comes next: what a real engine's answers are held against."""

import functools

import gguf
import numpy as np

LAYERS, HEADS, KV_HEADS, WIDTH, INNER, CONTEXT = 2, 4, 2, 64, 128, 4096
HEAD = WIDTH // HEADS
EPSILON, ROPE_BASE = 1e-5, 10000.0

CONTROL = ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
LABELS = [f"[[{score}]]" for score in range(1, 6)]
# Of the byte tokenizer, so that a digit comes alone, behind a space, and with a bracket behind it.
MERGES = ["[ [", "] ]", *[f"Ġ {digit}" for digit in "345"]]

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' "
    "+ message['content'] + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)


def byte_characters():
    """The character for each byte in GPT-2's vocabulary: itself where it can be seen, else one from 256 on."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return {**{byte: chr(byte) for byte in seen}, **{byte: chr(256 + i) for i, byte in enumerate(hidden)}}


BYTES = [byte_characters()[byte] for byte in range(256)]
TOKENS = [*BYTES, *[merge.replace(" ", "") for merge in MERGES], *CONTROL, *LABELS]


@functools.lru_cache
def weights(seed=1):
    """The tensors by their names in a GGUF file. The first dimension of the hidden state is large and much the same for
    all texts, so that what stands there in an output row raises or lowers that token's logit: labels and digits come
    into the list of the most likely tokens, most of them, and no half of a character does."""
    random = np.random.default_rng(seed)

    def matrix(rows, columns):
        return (random.standard_normal((rows, columns)) / np.sqrt(columns)).astype(np.float32)

    embedding, output = matrix(len(TOKENS), WIDTH), matrix(len(TOKENS), WIDTH)
    embedding[:, 0] = 4
    for index, token in enumerate(TOKENS):
        wanted = token in LABELS or token.removeprefix("Ġ") in list("12345")
        output[index, 0] = 1.2 if wanted else 0 if token.isascii() else -2
    tensors = {"token_embd.weight": embedding, "output.weight": output}
    tensors["output_norm.weight"] = np.ones(WIDTH, np.float32)
    for layer in range(LAYERS):
        for name, rows, columns in [("attn_q", WIDTH, WIDTH), ("attn_k", KV_HEADS * HEAD, WIDTH),
                                    ("attn_v", KV_HEADS * HEAD, WIDTH), ("attn_output", WIDTH, WIDTH),
                                    ("ffn_gate", INNER, WIDTH), ("ffn_up", INNER, WIDTH), ("ffn_down", WIDTH, INNER)]:
            tensors[f"blk.{layer}.{name}.weight"] = matrix(rows, columns)
            if name in ("attn_output", "ffn_down"):
                tensors[f"blk.{layer}.{name}.weight"][0] = 0
            if name in ("attn_q", "attn_k"):  # to look at few tokens, not at all alike
                tensors[f"blk.{layer}.{name}.weight"] *= 3
        for name in ["attn_norm", "ffn_norm"]:
            tensors[f"blk.{layer}.{name}.weight"] = (1 + random.standard_normal(WIDTH) / 10).astype(np.float32)
    return tensors


def write(path):
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(TOKENS)
    special = len(CONTROL) + len(LABELS)
    writer.add_token_types([gguf.TokenType.NORMAL] * (len(TOKENS) - special) + [gguf.TokenType.CONTROL] * special)
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(TOKENS.index("<|begin_of_text|>"))
    writer.add_eos_token_id(TOKENS.index("<|eot_id|>"))
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)
    for name, tensor in weights().items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def text_of(token):
    """A token as a server shows it."""
    if token in CONTROL or token in LABELS:
        return token
    byte_of = {character: byte for byte, character in enumerate(BYTES)}
    return bytes(byte_of[character] for character in token).decode(errors="replace")


def _normed(x, weight):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + EPSILON) * weight


def _turned(x):
    """Rotary position embedding of neighbouring pairs; x: [tokens, heads, HEAD]."""
    angle = np.arange(len(x))[:, None] * ROPE_BASE ** (-np.arange(0, HEAD, 2) / HEAD)
    cosine, sine = np.cos(angle)[:, None, :], np.sin(angle)[:, None, :]
    even, odd = x[..., 0::2], x[..., 1::2]
    return np.stack([even * cosine - odd * sine, even * sine + odd * cosine], axis=-1).reshape(x.shape)


@functools.lru_cache
def log_probabilities(tokens):
    """Of each token behind `tokens`, a tuple of ids (Touvron et al., LLaMA, 2023; double precision)."""
    ids = np.array(tokens)
    tensors = {name: tensor.astype(np.float64) for name, tensor in weights().items()}
    x = tensors["token_embd.weight"][ids]
    mask = np.triu(np.full((len(ids), len(ids)), -np.inf), 1)
    for layer in range(LAYERS):
        w = {name.split(".")[2]: tensor for name, tensor in tensors.items() if name.startswith(f"blk.{layer}.")}
        h = _normed(x, w["attn_norm"])
        query = _turned((h @ w["attn_q"].T).reshape(len(ids), HEADS, HEAD))
        key = _turned((h @ w["attn_k"].T).reshape(len(ids), KV_HEADS, HEAD)).repeat(HEADS // KV_HEADS, axis=1)
        value = (h @ w["attn_v"].T).reshape(len(ids), KV_HEADS, HEAD).repeat(HEADS // KV_HEADS, axis=1)
        scores = np.einsum("qhd,khd->hqk", query, key) / np.sqrt(HEAD) + mask
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        x = x + np.einsum("hqk,khd->qhd", shares, value).reshape(len(ids), WIDTH) @ w["attn_output"].T
        h = _normed(x, w["ffn_norm"])
        gate = h @ w["ffn_gate"].T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ w["ffn_up"].T)) @ w["ffn_down"].T
    logits = _normed(x[-1], tensors["output_norm.weight"]) @ tensors["output.weight"].T
    return logits - logits.max() - np.log(np.sum(np.exp(logits - logits.max())))
