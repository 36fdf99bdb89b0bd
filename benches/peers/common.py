"""What the peers share: labelled CSV in, JSON lines in and out, and a command line of their own."""

import csv
import json
import re
import sys

WORD = re.compile(r"\w\w+")


def labelled(path, label_columns):
    """Texts and, for each, the set of its labels as `column:label`."""
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            cells = ((column, row[column].split("|")) for column in label_columns)
            yield row["text"], {f"{c}:{label}" for c, labels in cells for label in labels if label}


def texts(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)["text"]


def run(train, predict):
    """`train DATA.csv LABEL_COLUMNS MODEL` or `predict MODEL INPUT.jsonl OUTPUT`; label columns are joined by commas."""
    match sys.argv[1:]:
        case ["train", data, columns, model]:
            train(list(labelled(data, columns.split(","))), model)
        case ["predict", model, source, target]:
            predict(model, source, target)
        case _:
            sys.exit(run.__doc__)
