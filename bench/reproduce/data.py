"""Prepares files for scripts/reproduce.

  data.py prompts mmlu|gsm8k|mt-bench DATA OUT   the prompts that `routellm evaluate` judges, in its order, as JSON Lines
  data.py sample N DATA OUT                      a copy of DATA with at most N queries of each source and benchmark
  data.py join OUT FILE...                       the rows of several files of vectors, one after the other, as one file
"""

import csv
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import struct
import sys

csv.field_size_limit(1 << 30)


def open_text(path, mode="r"):
    if path.name.endswith(".gz"):
        if mode == "w":  # without a time, so that equal content makes equal bytes
            return io.TextIOWrapper(gzip.GzipFile(path, "wb", mtime=0), encoding="utf-8", newline="")
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return open(path, mode, encoding="utf-8", newline="")


def json_lines(path):
    with open_text(path) as lines:
        return [json.loads(line) for line in lines if line.strip()]


def csv_rows(path):
    with open_text(path) as file:
        reader = csv.DictReader(file)
        return reader.fieldnames, list(reader)


def write_csv(path, columns, rows):
    with open_text(path, "w") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_json_lines(path, records):
    with open_text(path, "w") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def exam_files(benchmarks, name):
    if name == "gsm8k":
        return [benchmarks / "gsm8k" / "gsm8k_responses.csv"]
    return sorted((benchmarks / "mmlu" / "responses").glob("mmlu_*.csv"))


def benchmark_prompts(benchmarks, name):
    folder = benchmarks / name.replace("-", "_")
    left_out = {record["eval_prompt"] for record in json_lines(folder / "contaminated_prompts.jsonl")}
    if name == "mt-bench":
        turns = [question["turns"] for question in json_lines(folder / "question.jsonl")]
        return [first for first, second in turns if first not in left_out and second not in left_out]
    prompts = [row["prompt"] for file in exam_files(benchmarks, name) for row in csv_rows(file)[1]]
    return [prompt for prompt in prompts if prompt not in left_out]


def drawn(names, most):
    """The `most` names whose digests are least: a draw that depends on nothing but the names."""
    return set(sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())[:most])


def sample_source(queries, most, out):
    records = json_lines(queries)
    kept = drawn([record["id"] for record in records], most)
    write_json_lines(out / queries.name, [record for record in records if record["id"] in kept])
    source = queries.name.split(".")[0]
    for kind in ("outcomes", "battles"):
        for file in queries.parent.glob(f"{source}.{kind}.csv*"):
            columns, rows = csv_rows(file)
            write_csv(out / file.name, columns, [row for row in rows if row["id"] in kept])


def sample_benchmarks(benchmarks, most, out):
    for name in ("mmlu", "gsm8k", "mt_bench"):
        (out / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(benchmarks / name / "contaminated_prompts.jsonl", out / name)
    for file in ("question.jsonl", "judgements.jsonl"):
        shutil.copy(benchmarks / "mt_bench" / file, out / "mt_bench")
    (out / "mmlu" / "responses").mkdir(exist_ok=True)
    for name in ("mmlu", "gsm8k"):
        tables = [(file, *csv_rows(file)) for file in exam_files(benchmarks, name)]
        # Every file keeps a row at least, which the program expects.
        kept = drawn([row["prompt"] for _, _, rows in tables for row in rows], most)
        kept.update(rows[0]["prompt"] for _, _, rows in tables)
        for file, columns, rows in tables:
            columns = [column for column in columns if not column.endswith("_response")]
            rows = [{column: row[column] for column in columns} for row in rows if row["prompt"] in kept]
            write_csv(out / file.relative_to(benchmarks), columns, rows)


def sample(most, data, out):
    for name in ("outcomes", "preferences"):
        (out / name).mkdir(parents=True, exist_ok=True)
        for queries in sorted((data / name).glob("*.queries.jsonl*")):
            sample_source(queries, most, out / name)
        for groups in (data / name).glob("*_groups.csv*"):
            shutil.copy(groups, out / name)
    sample_benchmarks(data / "benchmarks", most, out / "benchmarks")


def read_vectors(path):
    """The header's one tensor and metadata, and the bytes of its rows."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        metadata = header.pop("__metadata__", {})
        ((name, tensor),) = header.items()
        return name, tensor, metadata, file.read()


def join(out, files):
    parts = [read_vectors(file) for file in files]
    name, first, metadata, _ = parts[0]
    for file, (_, tensor, other, _) in zip(files, parts):
        if (tensor["dtype"], tensor["shape"][1], other) != (first["dtype"], first["shape"][1], metadata):
            sys.exit(f"{file}: its vectors are of another kind than those of {files[0]}")
    rows = sum(tensor["shape"][0] for _, tensor, _, _ in parts)
    size = sum(len(values) for _, _, _, values in parts)
    tensor = {"dtype": first["dtype"], "shape": [rows, first["shape"][1]], "data_offsets": [0, size]}
    header = json.dumps({"__metadata__": metadata, name: tensor}).encode()
    header += b" " * (-len(header) % 8)
    with open(out, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for _, _, _, values in parts:
            file.write(values)


def main():
    command, *arguments = sys.argv[1:]
    if command == "prompts":
        name, data, out = arguments
        prompts = benchmark_prompts(pathlib.Path(data) / "benchmarks", name)
        write_json_lines(pathlib.Path(out), [{"prompt": prompt} for prompt in prompts])
    elif command == "sample":
        most, data, out = arguments
        sample(int(most), pathlib.Path(data), pathlib.Path(out))
    elif command == "join":
        join(arguments[0], arguments[1:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
