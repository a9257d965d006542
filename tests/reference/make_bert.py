#!/usr/bin/env python3
"""Makes the fixtures in tests/reference/bert: a small BERT with random weights and what the reference makes of texts.

    pip install tokenizers transformers torch safetensors && python tests/reference/make_bert.py

All texts are made here. The vocabulary is trained on them, the weights are random; seeds are fixed. Written are
  model/            a folder of Hugging Face's form, with sentence-transformers' settings (mean, normalised)
  texts.jsonl       text; ids: of the tokenizer `tokenizers`, with special tokens; cased_ids: the same without lower case
  embeddings.jsonl  text; mean and cls: vectors of PyTorch's BertModel; mean is scaled to length 1
"""

import json
import pathlib
import random

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent / "bert"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

SENTENCES = """
Which of these numbers is prime, and how would you prove it?
Write a function that reverses a linked list in place; don't use recursion!
The naïve café owner's résumé said: "Ångström, Łódź, São Paulo, İstanbul, Größe, CRÈME BRÛLÉE".
Übersetze den folgenden Satz ins Französische und erkläre die Grammatik.
¿Cuántos años tenía el señor Muñoz cuando llegó a Perú?
Quelle est la dérivée de x² + 3x − 7 au point x = ½ ?
Напиши короткое письмо, в котором ты благодаришь коллегу за помощь. Ёжик и Йод.
Ποια είναι η πρωτεύουσα της Ελλάδας; ΟΔΥΣΣΕΥΣ ΣΟΦΟΣ.
请把下面的句子翻译成英文:今天的天气很好。
東京の天気はどうですか。カタカナとひらがな、ガギグゲゴ。
오늘 저녁에 무엇을 먹을까요? 한국어 문장입니다.
ما هي عاصمة مصر؟ السَّلامُ عَلَيْكُم ١٢٣٤
מה השעה עכשיו? שָׁלוֹם עוֹלָם
हिन्दी में एक कविता लिखिए। क्षत्रिय १२३
ราคาเท่าไหร่ครับ กรุงเทพมหานคร
Tiếng Việt có nhiều dấu: đường, phở, ngữ pháp.
ქართული ენა და Հայերեն լեզու
I ❤️ pizza 🍕🍕, 👩‍👩‍👧‍👦 and 🇩🇪 flags 👍🏽!
for (int i = 0; i < n; ++i) { sum += a[i] * b[i]; } // dot product
SELECT name, COUNT(*) FROM users WHERE age >= 18 GROUP BY name;
\\frac{a}{b} = \\sum_{i=1}^{n} x_i^2 $5.00 €7 £3 ¥100 10% a_b #tag @you ~x`y|z\\
""".strip().split("\n")

ODDITIES = [
    "", " ", "\t\n\r ", "a\u0000b", "a\u00adb", "\u200bzero\u200dwidth\u2060joiner\ufeff", "line\u2028sep\u2029par",
    "nbsp\u00a0here\u3000and\u2003there", "\u0085next\u000bvt\u000cff", "replacement \ufffd char", "private \ue000 use",
    "e\u0301 vs \u00e9, A\u030a\u0323 \u1e69 s\u0323\u0307", "\u0130stanbul I\u0307 \u0131", "ǅ Ǆ ǆ ﬁ ﬃ ß ẞ", "Ａｂｃ１２３！", "①②③ Ⅳ ⅳ",
    "\U0001d400\U0001d401 math", "\U00020000\U0002a6d0 rare", "\uf900 \U0002f800 compatible", "々〇〆 「引用」、。！？",
    "[SEP]", "a[SEP]b", "[CLS] [MASK] [PAD][UNK]", "[sep] [ SEP ]", "[[SEP]]", "x" * 100, "x" * 101, "é" * 100, "é" * 101,
    "中" * 120, "!" * 150, "supercalifragilistic" * 30, "##ing ##", "don't won't can't", "a.b,c;d", "…—–‘’“”«»¿¡§¶†‡•",
    "+=<>|^`~$", "°©®™±×÷", "\u1100\u1161\u11a8 각", "\u0e33 \u0eb3", "\u0f43 \u0340\u0341", "\u302e한\u302f", "☃ ★ ✓ →",
    "\U000e0041tag", "🏴\U000e0067\U000e0062\U000e007f", "\x7f\x1b[31mred\x1b[0m", "\u202eright to left\u202c", "\u0600 \u06dd",
    "ﷺ ﷽", "Ω Å K", "ſ ʼn ŉ", "\u0345\u03b9 ᾳ ᾼ", "ꙮ Ꙁ ꙁ", "Ꭰ ꭰ Ꮿ", "𐐀 𐐨", "\u0149 \u1e9b\u0323",
]


def texts(rng):
    """About 600: sentences, oddities, and random mixtures of both and of all planes."""
    blocks = [(0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x345), (0x370, 0x3FF), (0x400, 0x52F), (0x5D0, 0x5EA), (0x621, 0x64A),
              (0x905, 0x939), (0xE01, 0xE3A), (0x1E00, 0x1EFF), (0x1F00, 0x1FBC), (0x2000, 0x206F), (0x20A0, 0x20BA),
              (0x2100, 0x218B), (0x3040, 0x30FF), (0x4E00, 0x4FFF), (0xAC00, 0xAFFF), (0xFF01, 0xFF5E), (0x1F300, 0x1F64F)]
    yield from SENTENCES
    yield from ODDITIES
    words = " ".join(SENTENCES).split()
    for _ in range(320):
        picked = [rng.choice(words) for _ in range(rng.randint(1, 12))]
        for _ in range(rng.randint(0, 3)):
            picked.insert(rng.randrange(len(picked) + 1), rng.choice(ODDITIES)[:40])
        yield rng.choice([" ", "", "\n", "  "]).join(picked)
    for _ in range(200):
        chars = []
        for _ in range(rng.randint(1, 6)):
            low, high = rng.choice(blocks)
            chars += [chr(rng.randint(low, high)) for _ in range(rng.randint(1, 6))]
        yield "".join(chars)


def tokenizer(vocabulary, lower_case):
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer(lowercase=lower_case)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])])
    return made


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def train_vocabulary(corpus):
    seed = tokenizer({token: i for i, token in enumerate(SPECIAL)}, lower_case=True)
    seed.post_processor = None
    seed.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=700, special_tokens=SPECIAL, show_progress=False))
    # The trainer's order of equals varies, so that pieces are numbered anew.
    return {piece: i for i, piece in enumerate(SPECIAL + sorted(set(seed.get_vocab()) - set(SPECIAL)))}


def write_texts(path, all_texts, uncased, cased):
    with open(path, "w", encoding="utf-8") as out:
        for text in all_texts:
            line = {"text": text, "ids": uncased.encode(text).ids, "cased_ids": cased.encode(text).ids}
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def write_model(folder, uncased):
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(7)
    config = BertConfig(vocab_size=uncased.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                        intermediate_size=80, max_position_embeddings=64, initializer_range=0.2)
    model = BertModel(config, add_pooling_layer=False).eval()
    for name, parameter in model.named_parameters():  # neither ones nor zeros, which would hide a mistake
        if name.endswith("bias") or "LayerNorm" in name:
            parameter.data += 0.3 * torch.randn_like(parameter)
    model.half().save_pretrained(folder)  # f16 halves the file; the reference computes in f32 with the rounded weights
    uncased.save(str(folder / "tokenizer.json"), pretty=False)
    prefix = "sentence_transformers.models."
    write_json(folder / "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": prefix + "Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": prefix + "Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": prefix + "Normalize"}])
    write_json(folder / "1_Pooling/config.json", {"word_embedding_dimension": 32, "pooling_mode_cls_token": False,
                                                  "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 48, "do_lower_case": False})
    return model.float()


def write_embeddings(path, model, uncased, all_texts):
    import torch

    with open(path, "w", encoding="utf-8") as out, torch.no_grad():
        for text in all_texts:
            ids = uncased.encode(text).ids
            ids = ids if len(ids) <= 48 else ids[:47] + ids[-1:]
            hidden = model(torch.tensor([ids])).last_hidden_state[0]
            mean = torch.nn.functional.normalize(hidden.mean(0), dim=0)
            line = {"text": text, "mean": [round(x, 6) for x in mean.tolist()],
                    "cls": [round(x, 6) for x in hidden[0].tolist()]}
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    all_texts = list(texts(random.Random(20240611)))
    vocabulary = train_vocabulary(SENTENCES * 3 + ODDITIES)
    uncased, cased = tokenizer(vocabulary, True), tokenizer(vocabulary, False)
    HERE.mkdir(exist_ok=True)
    write_texts(HERE / "texts.jsonl", all_texts, uncased, cased)
    model = write_model(HERE / "model", uncased)
    write_embeddings(HERE / "embeddings.jsonl", model, uncased, all_texts[:50])


if __name__ == "__main__":
    main()
