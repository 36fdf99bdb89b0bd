"""scikit-learn beside wiretag: stemmed TF-IDF and balanced logistic regression, one-vs-rest.

    pip install scikit-learn PyStemmer
    python benches/peers/sklearn_news.py labels/train.csv labels/test.csv labels/hard.csv

Trains on the first CSV and prints the macro-F1 of each task on every other one. Compare with

    cargo run --release -- eval labels/test.csv
"""

import csv
import re
import sys

import Stemmer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

MULTI = ["topic", "framing"]
SINGLE = ["stance"]


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def labels(rows, task):
    return [[label for label in row[task].split("|") if label] for row in rows]


def analyzer():
    stem = Stemmer.Stemmer("english").stemWords
    word = re.compile(r"\w\w+")

    def terms(text):
        words = stem(word.findall(text.lower()))
        return words + [" ".join(pair) for pair in zip(words, words[1:])]

    return terms


def main(train_path, *test_paths):
    train = read(train_path)
    tests = {path: read(path) for path in test_paths}
    vectorizer = TfidfVectorizer(analyzer=analyzer(), sublinear_tf=True, min_df=2)
    features = vectorizer.fit_transform([row["text"] for row in train])
    print("C", "data", *MULTI, *SINGLE, sep="\t")
    for c in (1, 10):
        classifiers = {}
        for task in MULTI + SINGLE:
            binarizer = MultiLabelBinarizer()
            gold = binarizer.fit_transform(labels(train, task))
            regression = LogisticRegression(C=c, class_weight="balanced", max_iter=1000)
            classifiers[task] = binarizer, OneVsRestClassifier(regression).fit(features, gold)
        for path, rows in tests.items():
            test = vectorizer.transform([row["text"] for row in rows])
            figures = []
            for task, (binarizer, classifier) in classifiers.items():
                gold = binarizer.transform(labels(rows, task))
                if task in SINGLE:
                    best = classifier.decision_function(test).argmax(axis=1)
                    figures.append(f1_score(gold.argmax(axis=1), best, average="macro"))
                else:
                    # One-vs-rest gives a label from a probability of 0.5 on.
                    figures.append(f1_score(gold, classifier.predict(test), average="macro", zero_division=0))
            print(c, path, *(f"{figure:.3f}" for figure in figures), sep="\t")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
