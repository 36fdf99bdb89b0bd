"""Writes README.md beside this file: the card of the shipped model.

    python models/make_card.py [--real FILE.csv]

All figures come from the release build of wiretag. `--real` adds the figures on labelled real news that is not part of
the project; none of its text goes into the card. The section on weaknesses is written by hand, in weaknesses.md.
"""

import argparse
import csv
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

MODELS = Path(__file__).resolve().parent
ROOT = MODELS.parent
MODEL = MODELS / "news.safetensors"
TRAIN, TEST, HARD = (ROOT / "labels" / f"{name}.csv" for name in ("train", "test", "hard"))
SHARES = (10, 25, 50, 75, 100)


def wiretag(*arguments):
    """Runs the program and gives its standard output."""
    command = ["cargo", "run", "--release", "--quiet", "--", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def evaluate(data, model=MODEL):
    """The report of a model on a labelled CSV."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        wiretag("eval", data, "--model", model, "--report", report, "--quiet")
        return json.loads(report.read_text(encoding="utf-8"))


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def size(rows):
    return len(rows), len({row["article"] for row in rows})


def table(head, rows):
    """A Markdown table, its first column flush left and the others flush right."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def number(value):
    return f"{value:.3f}"


def label_table(tasks):
    """Precision, recall and F1 of each label, and the averages of each task."""
    rows = []
    for task in tasks:
        name = task["task"]
        for label in task["labels"]:
            figures = [number(label[key]) for key in ("precision", "recall", "f1")]
            rows.append([f"{name}.{label['label']}", *figures, label["support"]])
        for average in ("macro", "micro"):
            figures = [f"**{number(task[average][key])}**" for key in ("precision", "recall", "f1")]
            rows.append([f"**{name}, {average} average**", *figures, ""])
    return table(["label", "precision", "recall", "F1", "paragraphs"], rows)


def macro(tasks):
    return [number(task["macro"]["f1"]) for task in tasks]


def learning_curve():
    """Macro-F1 on the test data by share of the training articles; a smaller share is part of every larger one."""
    rows = read(TRAIN)
    # By hash: the choice is fixed, and does not follow the order in which the articles were written.
    names = sorted({row["article"] for row in rows}, key=lambda name: hashlib.sha256(name.encode()).digest())
    curve = []
    with tempfile.TemporaryDirectory() as folder:
        data, model = Path(folder) / "part.csv", Path(folder) / "part.safetensors"
        for share in SHARES:
            kept = set(names[: round(len(names) * share / 100)])
            part = [row for row in rows if row["article"] in kept]
            with open(data, "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, rows[0].keys())
                writer.writeheader()
                writer.writerows(part)
            wiretag("train", data, "--schema", ROOT / "labels" / "schema.toml", "--output", model, "--quiet")
            paragraphs, articles = size(part)
            curve.append([f"{share}%", f"{paragraphs:,}", f"{articles:,}", *macro(evaluate(TEST, model)["tasks"])])
    return curve


def flat(settings, prefix=""):
    """Nested settings as pairs of a dotted name and a value."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"`{prefix}{key}`", "none" if value is None else value


def results(path, title, text):
    paragraphs, articles = size(read(path))
    figures = label_table(evaluate(path)["tasks"])
    return f"## {title}\n\n{text} {paragraphs:,} paragraphs of {articles:,} articles.\n\n{figures}\n"


def main():
    parser = argparse.ArgumentParser(description="Writes the card of the shipped model.")
    parser.add_argument("--real", type=Path, metavar="FILE.csv", help="labelled real news outside the project")
    real = parser.parse_args().real

    card = json.loads(wiretag("inspect", "--model", MODEL, "--json"))
    tasks = [task["task"] for task in card["tasks"]]
    data = [[f"`labels/{path.name}`", f"{size(read(path))[0]:,}", f"{size(read(path))[1]:,}", use] for path, use in
            ((TRAIN, "training"), (TEST, "plain prose, held out"), (HARD, "artful prose, held out"))]
    settings = [*flat(card["settings"]), *((f"`alpha` of {task['task']}, found by search", f"{task['alpha']:.3g}")
                                           for task in card["tasks"])]
    parts = [
        f"""# The shipped model

`news.safetensors` tags paragraphs of English news on energy, military matters, sanctions and diplomacy: their topic and
framing (any number of labels each) and their stance (exactly one). It is inside the program, which uses it where no
`--model` is given. The labels are defined in `labels/CODEBOOK.md`. This file is written by `models/make_card.py`.

    cargo run --release -- train labels/train.csv -o models/news.safetensors

trains it again. The same data and settings give the same file.

## Data

All texts were written for this project; no newspaper's text is in them. Articles are whole in one file.

{table(["file", "paragraphs", "articles", "use"], data)}

## Settings

TF-IDF of stemmed words and word sequences beside one cue feature for each label, and one logistic regression for each
label, made with wiretag {card["wiretag_version"]}:

{table(["setting", "value"], settings)}

## Out of fold

On the training data, each paragraph tagged by a model that saw neither its article nor a near-duplicate of it.

{label_table([task["out_of_fold"] for task in card["tasks"]])}
""",
        results(TEST, "Plain prose", "The articles of `labels/test.csv`, which are written like those of the training data:"),
        results(HARD, "Artful prose", "The articles of `labels/hard.csv`, whose prose is richer and more roundabout than an agency's:"),
    ]
    if real:
        parts.append(results(real, "Real news", "Published articles, labelled by the same codebook and not part of the project:"))
    parts += [
        f"""## Learning curve

Macro-F1 on `labels/test.csv` of models trained on a part of the training articles:

{table(["share", "paragraphs", "articles", *tasks], learning_curve())}
""",
        "## Known weaknesses\n\n" + (MODELS / "weaknesses.md").read_text(encoding="utf-8"),
    ]
    (MODELS / "README.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
