"""Vowpal Wabbit: multilabel one-against-all, logistic, word bigrams, ten passes. Its own driver reads and writes the files."""

import json
import re
import tempfile

from common import run, texts
from vowpalwabbit import Workspace

# Characters that its format reads as its own.
SPECIAL = re.compile(r"[|:\s]+")


def line(labels, text):
    return f"{','.join(map(str, labels))} | {SPECIAL.sub(' ', text.lower())}\n"


def drive(arguments):
    Workspace(arguments + " --quiet").finish()


def train(rows, path):
    names = sorted({label for _, labels in rows for label in labels})
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/train.vw", "w", encoding="utf-8") as file:
            for text, labels in rows:
                file.write(line([names.index(label) for label in sorted(labels)], text))
        drive(
            f"-d {folder}/train.vw -f {path} --multilabel_oaa {len(names)} --loss_function logistic"
            f" --ngram 2 -b 24 --passes 10 --cache_file {folder}/cache --holdout_off"
        )
    with open(path + ".labels", "w", encoding="utf-8") as file:
        json.dump(names, file)


def predict(path, source, target):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/in.vw", "w", encoding="utf-8") as file:
            for text in texts(source):
                file.write(line([], text))
        drive(f"-d {folder}/in.vw -t -i {path} -p {target}")


if __name__ == "__main__":
    run(train, predict)
