"""scikit-learn as a user would write it: stemmed 1-2-grams, TF-IDF, one LIBLINEAR logistic regression for each label."""

import json
import pickle

import Stemmer
from common import WORD, run, texts
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

STEM = Stemmer.Stemmer("english")


def terms(text):
    words = STEM.stemWords(WORD.findall(text.lower()))
    return words + [" ".join(pair) for pair in zip(words, words[1:])]


def train(rows, path):
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True, min_df=2)
    binarizer = MultiLabelBinarizer()
    features = vectorizer.fit_transform([text for text, _ in rows])
    targets = binarizer.fit_transform([labels for _, labels in rows])
    classifier = OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear")).fit(features, targets)
    with open(path, "wb") as file:
        pickle.dump((vectorizer, binarizer.classes_, classifier), file, protocol=5)


def predict(path, source, target):
    with open(path, "rb") as file:
        vectorizer, names, classifier = pickle.load(file)
    batch = []

    def flush(out):
        for row in classifier.predict_proba(vectorizer.transform(batch)):
            out.write(json.dumps({name: round(float(p), 4) for name, p in zip(names, row)}) + "\n")
        batch.clear()

    with open(target, "w", encoding="utf-8") as out:
        for text in texts(source):
            batch.append(text)
            if len(batch) == 10_000:
                flush(out)
        if batch:
            flush(out)


if __name__ == "__main__":
    run(train, predict)
