"""wiretag beside its peers: whole processes from file to file, on the same texts, in turn, several times.

    python3 -m venv target/peers
    target/peers/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    target/peers/bin/python benches/peers/compare.py

The corpus is made of the sentences of the training texts. With labelled data of your own:

    target/peers/bin/python benches/peers/compare.py --train train.csv --labels labels --kind multi

Prints a table of medians and of ratios to `wc -w` on the same paragraphs.
"""

import argparse
import csv
import json
import os
import random
import re
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, default=ROOT / "labels/train.csv", help="labelled CSV with a column `text`")
    parser.add_argument("--labels", default="topic,framing,stance", help="its label columns")
    parser.add_argument("--kind", default=None, help="multi or single: makes tasks of the columns; without it schema.toml is used")
    parser.add_argument("--paragraphs", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--wiretag", type=Path, default=ROOT / "target/release/wiretag")
    parser.add_argument("--folder", type=Path, default=ROOT / "target/peers-data", help="where files are put")
    parser.add_argument("--only", default="", help="only lines whose name holds this")
    return parser.parse_args()


def make_corpus(train, count, folder):
    """The same paragraphs as JSON lines, CSV, plain lines and (a tenth of them) small files: 2 to 4 sentences of the training texts each."""
    with open(train, newline="", encoding="utf-8") as file:
        sentences = [s for row in csv.DictReader(file) for s in re.split(r"(?<=[.!?]) +", " ".join(row["text"].split())) if s]
    chance = random.Random(7)
    paragraphs = [" ".join(chance.sample(sentences, chance.randint(2, 4))) for _ in range(count)]
    with open(folder / "corpus.jsonl", "w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": i, "text": text}, ensure_ascii=False) + "\n" for i, text in enumerate(paragraphs))
    with open(folder / "corpus.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows(enumerate(paragraphs))
    (folder / "corpus.txt").write_text("\n".join(paragraphs) + "\n", encoding="utf-8")
    small = folder / "files"
    small.mkdir(exist_ok=True)
    for i in range(count // 10):
        (small / f"{i:06}.txt").write_text("\n\n".join(paragraphs[10 * i : 10 * i + 10]) + "\n", encoding="utf-8")


def measure(command):
    """Wall and processor time of a process."""
    start = time.perf_counter()
    pid = os.spawnv(os.P_NOWAIT, command[0], command)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime


def commands(args):
    """Name and command of every line, in the order in which they are run."""
    folder, wiretag, data = args.folder, str(args.wiretag), str(args.train)
    tasks = [f"--task={c}={args.kind}:{c}" for c in args.labels.split(",")] if args.kind else []
    at = lambda name: str(folder / name)
    train = [wiretag, "train", data, "-q", *tasks]
    predict = [wiretag, "predict", "-q", "-m", at("wiretag.model")]
    shell = lambda line: ["/bin/sh", "-c", line]
    python = lambda peer: [sys.executable, str(HERE / f"peer_{peer}.py")]
    peers = ["sklearn", "fasttext", "vw"]
    lines = {
        "train: wiretag, default, 2 threads": [*train, "--threads", "2", "-o", at("wiretag.model")],
        "train: wiretag, no folds, 1 thread": [*train, "--threads", "1", "--folds", "0", "-o", at("plain.model")],
    }
    lines |= {f"train: {p}": [*python(p), "train", data, args.labels, at(f"{p}.model")] for p in peers}
    lines |= {
        "wc -w": shell(f"LC_ALL=C.UTF-8 wc -w {at('corpus.txt')} >{at('wc')}"),
        "predict: wiretag, 1 thread": [*predict, "--threads", "1", at("corpus.jsonl"), "-o", at("out.jsonl")],
        "predict: wiretag, 2 threads": [*predict, "--threads", "2", at("corpus.jsonl"), "-o", at("out2.jsonl")],
        "predict: wiretag, CSV, 1 thread": [*predict, "--threads", "1", at("corpus.csv"), "--format", "csv", "-o", at("out.csv")],
        "predict: wiretag, files, 1 thread": [*predict, "--threads", "1", at("files"), "-o", at("out3.jsonl")],
    }
    lines |= {f"predict: {p}": [*python(p), "predict", at(f"{p}.model"), at("corpus.jsonl"), at(f"{p}.out")] for p in peers}
    return {name: command for name, command in lines.items() if args.only in name or name == "wc -w"}


def main():
    args = arguments()
    args.folder.mkdir(parents=True, exist_ok=True)
    make_corpus(args.train, args.paragraphs, args.folder)
    lines = commands(args)
    figures = {name: [] for name in lines}
    for run in range(args.runs):
        for name, command in lines.items():
            slow = "vw" in name or "sklearn" in name or "fasttext" in name
            if not slow or run < max(1, args.runs // 2):
                figures[name].append(measure(command))
    median = lambda name, i: statistics.median(figure[i] for figure in figures[name])
    words = median("wc -w", 0)
    print(f"{args.paragraphs:,} paragraphs, {(args.folder / 'corpus.txt').stat().st_size / 1e6:.1f} MB; {args.runs} runs, medians")
    print("\n| process | wall time, s | processor time, s | wall time / `wc -w` |\n|---|--:|--:|--:|")
    for name in lines:
        ratio = "" if name.startswith("train") else f"{median(name, 0) / words:.1f}"
        print(f"| {name} | {median(name, 0):.2f} | {median(name, 1):.2f} | {ratio} |")
    print("\n| model file | MB |\n|---|--:|")
    for path in sorted(args.folder.glob("*.model")):
        print(f"| {path.stem} | {path.stat().st_size / 1e6:.1f} |")


if __name__ == "__main__":
    main()
