#!/usr/bin/env python3
"""Makes the fixtures in tests/reference/xlm_roberta and bert_classifier: small classifiers with random weights.

    pip install tokenizers transformers torch safetensors sentencepiece protobuf && python tests/reference/make_xlm_roberta.py

All texts are those of make_bert.py. SentencePiece's model is trained on them, with rules of normalisation that are made
here of Unicode's compatibility decompositions; weights are random; seeds are fixed. Written are
  xlm_roberta/model/        XLMRobertaForSequenceClassification; sentencepiece.bpe.model and the same as tokenizer.json
  xlm_roberta/texts.jsonl   text; ids: of the package `sentencepiece`, numbered as XLM-RoBERTa does; json_ids: of the
                            package `tokenizers` by tokenizer.json; metaspace_ids: the same without WhitespaceSplit
  xlm_roberta/logits.jsonl  text; ids; mean: of the last layer's vectors; logits: PyTorch's
  bert_classifier/model/    BertForSequenceClassification with the tokenizer of bert/model
  bert_classifier/logits.jsonl
"""

import json
import pathlib
import random
import re
import tempfile
import unicodedata

import sentencepiece
from make_bert import HERE as BERT
from make_bert import ODDITIES, SENTENCES, texts, write_json
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).parent
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def write_rules(path):
    """Characters and what they become, in SentencePiece's form: code points in hexadecimal, tab, code points."""
    rules = {c: " " for c in "\t\n\r\u00a0\u2003\u2028\u3000\u0085"}
    rules.update({c: "" for c in "\x01\x1b\x7f\u200b\ufeff\u00ad"})
    for c in map(chr, [*range(0xA0, 0x180), *range(0x2100, 0x2180), *range(0x2460, 0x2480), *range(0xFB00, 0xFB07),
                       *range(0xFF01, 0xFF5F), 0xFDFA, 0x0E33, 0x1D400, 0x1D401, 0x2F800]):
        if (becomes := unicodedata.normalize("NFKC", c)) != c:
            rules.setdefault(c, becomes)
    for base in "aeioucnsAEIOUCNSêơя":  # sequences of characters that become one
        for mark in "\u0300\u0301\u0302\u0308\u0327\u0323":
            if len(becomes := unicodedata.normalize("NFC", base + mark)) == 1:
                rules[base + mark] = becomes
    for lead in range(0x1100, 0x1103):
        for vowel in range(0x1161, 0x1164):
            rules[chr(lead) + chr(vowel) + "\u11a8"] = unicodedata.normalize("NFC", chr(lead) + chr(vowel) + "\u11a8")
    hexadecimal = lambda text: " ".join(f"{ord(c):X}" for c in text)
    path.write_text("".join(f"{hexadecimal(old)}\t{hexadecimal(new)}\n" for old, new in sorted(rules.items())))


def train_pieces(path):
    with tempfile.TemporaryDirectory() as temporary:
        rules = pathlib.Path(temporary) / "rules.tsv"
        write_rules(rules)
        corpus = [line for line in SENTENCES * 20 + ODDITIES if line.strip() and "\0" not in line]
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus), model_prefix=temporary + "/made", vocab_size=600, character_coverage=0.98,
            model_type="unigram", normalization_rule_tsv=str(rules), num_threads=1, hard_vocab_limit=False)
        path.write_bytes((pathlib.Path(temporary) / "made.model").read_bytes())


def load_proto(path):
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    return proto


def make_tokenizer(proto, white_space_split):
    """As the published tokenizer.json of XLM-RoBERTa, or as newer versions of transformers write it."""
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(piece.piece, piece.score) for piece in proto.pieces[3:]] + [("<mask>", 0.0)]
    made = Tokenizer(models.Unigram(vocabulary, 3))
    precompiled = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    metaspace = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    if white_space_split:
        made.normalizer = precompiled
        made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    else:
        made.normalizer = normalizers.Sequence([precompiled, normalizers.Strip(left=False, right=True),
                                                normalizers.Replace(Regex(" {2,}"), "\u2581")])
        made.pre_tokenizer = metaspace
    made.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL] +
                            [AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return made


def encode(processor, text):
    """XLM-RoBERTa's ids by SentencePiece: special tokens are cut out first, <mask> with the white space before it."""
    ids = [0]
    for part in re.split(r"(<s>|<pad>|</s>|<unk>|\s*<mask>)", text):
        if part in SPECIAL:
            ids.append(SPECIAL.index(part))
        elif part.endswith("<mask>"):
            ids.append(processor.get_piece_size() + 1)
        elif part:
            ids += [3 if piece == 0 else piece + 1 for piece in processor.encode(part)]
    return ids + [2]


def write_lines(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def randomize(model):
    import torch

    for name, parameter in model.named_parameters():  # neither ones nor zeros, which would hide a mistake
        if name.endswith("bias") or "LayerNorm" in name:
            parameter.data += 0.3 * torch.randn_like(parameter)
    return model.eval()


def write_logits(path, model, encode_text, limit, all_texts):
    import torch

    lines = []
    with torch.no_grad():
        for text in all_texts:
            ids = encode_text(text)
            ids = ids if len(ids) <= limit else ids[:limit - 1] + ids[-1:]
            out = model(torch.tensor([ids]), output_hidden_states=True)
            lines.append({"text": text, "ids": ids, "mean": [round(x, 6) for x in out.hidden_states[-1][0].mean(0).tolist()],
                          "logits": [round(x, 6) for x in out.logits[0].tolist()]})
    write_lines(path, lines)


def main():
    import torch
    from transformers import BertConfig, BertForSequenceClassification, XLMRobertaConfig, XLMRobertaForSequenceClassification

    all_texts = list(texts(random.Random(20240611)))
    all_texts += ["<s> spelt out </s>", "a <mask> b<mask>", "x<pad>y<pad>", "<unk> \n <mask>", "e\u0323\u0302 \uff41\u0301 \u1100\u1161\u11a8"]
    folder = HERE / "xlm_roberta"
    pieces = folder / "model" / "sentencepiece.bpe.model"
    pieces.parent.mkdir(parents=True, exist_ok=True)
    train_pieces(pieces)
    processor, proto = sentencepiece.SentencePieceProcessor(model_file=str(pieces)), load_proto(pieces)
    published, newer = make_tokenizer(proto, True), make_tokenizer(proto, False)
    write_lines(folder / "texts.jsonl", [{"text": text, "ids": encode(processor, text), "json_ids": published.encode(text).ids,
                                          "metaspace_ids": newer.encode(text).ids} for text in all_texts])
    published.save(str(folder / "tokenizer.json"), pretty=False)

    torch.manual_seed(11)
    sizes = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=80, num_labels=3,
                 initializer_range=0.2)
    config = XLMRobertaConfig(vocab_size=processor.get_piece_size() + 2, max_position_embeddings=66, type_vocab_size=1,
                              pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5, **sizes)
    model = randomize(XLMRobertaForSequenceClassification(config)).half()
    model.save_pretrained(folder / "model")
    write_logits(folder / "logits.jsonl", model.float(), lambda text: encode(processor, text), 64, all_texts[:40] + all_texts[-5:])

    bert = Tokenizer.from_file(str(BERT / "model" / "tokenizer.json"))
    config = BertConfig(vocab_size=bert.get_vocab_size(), max_position_embeddings=64, **sizes)
    model = randomize(BertForSequenceClassification(config)).bfloat16()
    model.save_pretrained(HERE / "bert_classifier" / "model")
    bert.save(str(HERE / "bert_classifier" / "model" / "tokenizer.json"), pretty=False)
    write_logits(HERE / "bert_classifier" / "logits.jsonl", model.float(), lambda text: bert.encode(text).ids, 64, all_texts[:40])


if __name__ == "__main__":
    main()
