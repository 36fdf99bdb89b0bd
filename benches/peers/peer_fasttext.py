"""fastText: one-vs-all, word bigrams, one thread. Its labels hold no blanks; the five likeliest are written."""

import json
import tempfile

import fasttext
from common import run, texts


def plain(text):
    return " ".join(text.lower().split())


def train(rows, path):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, labels in rows:
            marks = " ".join("__label__" + label.replace(" ", "_") for label in sorted(labels))
            file.write(f"{marks} {plain(text)}\n")
        file.flush()
        settings = dict(loss="ova", wordNgrams=2, epoch=50, lr=1.0, thread=1, verbose=0)
        fasttext.train_supervised(file.name, **settings).save_model(path)


def predict(path, source, target):
    model = fasttext.load_model(path)
    with open(target, "w", encoding="utf-8") as out:
        for text in texts(source):
            labels, probabilities = model.predict(plain(text), k=5)
            out.write(json.dumps(dict(zip(labels, map(float, probabilities)))) + "\n")


if __name__ == "__main__":
    run(train, predict)
