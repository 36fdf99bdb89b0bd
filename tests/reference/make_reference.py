"""Reference numbers made with scikit-learn, which tests/it/reference.rs compares with wiretag's own.

    pip install scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
    python tests/reference/make_reference.py

writes tfidf.json, solver.json, calibration.json and metrics.json beside this file. The files in the repository were made with
Python 3.11 and the versions above. All data are invented: the sentences were written for this test, everything else is drawn with a
fixed seed and rounded, so the JSON holds exactly the numbers that scikit-learn saw.
"""

import json
from pathlib import Path

import numpy as np
from scipy.special import expit, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

HERE = Path(__file__).parent

# Each sentence with its normal forms, written by hand after the rules in src/text/token.rs and src/text/analyzer.rs (English, numbers folded).
SENTENCES = [
    ("Oil prices rose after the U.S. sanctioned two tankers; oil traders had feared worse.",
     "oil price rose after the US sanction two tanker oil trader had fear wors"),
    ("The ministry said oil exports fell by 4.5% in 2014, and gas exports fell too.",
     "the ministri said oil export fell by 0 % in 2014 and gas export fell too"),
    ("Moscow’s deputy minister met EU officials over sanctions on gas tankers.",
     "moscow deputi minist met EU offici over sanction on gas tanker"),
    ("Sanctions won't stop the oil-rich state, the minister said: \"We sell to whom we like.\"",
     "sanction won't stop the oil rich state the minist said \" we sell to whom we like \""),
    ("An S-400 battery, two F-16 jets and their troops cost $1,200 million, officials said.",
     "an s-400 batteri two f-16 jet and their troop cost $ 0 million offici said"),
    ("Troops crossed the border on Tuesday; the army said rebels fired first.",
     "troop cross the border on tuesday the armi said rebel fire first"),
    ("Talks on the border broke down, but diplomats in Vienna met again Tuesday.",
     "talk on the border broke down but diplomat in vienna met again tuesday"),
    ("A wind farm 30 km off the coast will power 250,000 homes from 2027.",
     "a wind farm 0 km off the coast will power 0 home from 2027"),
    ("The U.N. envoy told US officials that talks had failed; the U.N. warned them.",
     "the UN envoy told US offici that talk had fail the UN warn them"),
    ("NATO members agreed to buy gas, oil and power at 2020 prices under a 20-year deal.",
     "nato member agre to buy gas oil and power at 2020 price under a 0 year deal"),
    ("Gas prices doubled; those of power didn't, the regulator’s report said.",
     "gas price doubl those of power didn't the regul report said"),
    ("Protesters wanted talks, not tankers and troops, and marched past the ministry.",
     "protest want talk not tanker and troop and march past the ministri"),
]


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def dumps(value, margin="\n"):
    """JSON with a line for each sparse row and each other part that is no deeper."""
    if depth(value) <= 2:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    inner = margin + " "
    if isinstance(value, dict):
        return "{" + ",".join(f"{inner}{json.dumps(k)}: {dumps(v, inner)}" for k, v in value.items()) + margin + "}"
    return "[" + ",".join(inner + dumps(v, inner) for v in value) + margin + "]"


def write(name, content):
    path = HERE / name
    path.write_text(dumps(content) + "\n", encoding="utf-8")
    print(f"{name}: {path.stat().st_size} bytes")


def tfidf():
    tokens = [forms.split() for _, forms in SENTENCES]
    runs = []
    for min_df, max_df, max_features in [(1, 1.0, None), (2, 0.5, 13)]:
        settings = dict(tokenizer=str.split, token_pattern=None, lowercase=False, ngram_range=(1, 2), min_df=min_df, max_df=max_df)
        joined = [" ".join(t) for t in tokens]
        if max_features:
            check_cut(joined, settings, max_features)
        vectorizer = TfidfVectorizer(sublinear_tf=True, smooth_idf=True, norm="l2", max_features=max_features, **settings)
        rows = vectorizer.fit_transform(joined).tocsr()
        rows.sort_indices()
        runs.append({
            "min_df": min_df,
            "max_df": max_df,
            "max_features": max_features,
            "terms": vectorizer.get_feature_names_out().tolist(),
            "idf": vectorizer.idf_.tolist(),
            "rows": [[[int(i), float(v)] for i, v in zip(row.indices, row.data)] for row in rows],
        })
    write("tfidf.json", {"sentences": [s for s, _ in SENTENCES], "tokens": tokens, "runs": runs})


def check_cut(texts, settings, max_features):
    """scikit-learn cuts by term frequency, wiretag by document frequency: here both must leave the same terms, without ties."""
    rows = TfidfVectorizer(use_idf=False, norm=None, **settings).fit_transform(texts)
    kept = []
    for frequency in [np.asarray(rows.sum(axis=0)).ravel(), np.asarray((rows > 0).sum(axis=0)).ravel()]:
        order = np.argsort(-frequency)
        assert frequency[order[max_features - 1]] > frequency[order[max_features]], "a tie at the cut"
        kept.append(set(order[:max_features].tolist()))
    assert kept[0] == kept[1], "term and document frequency cut differently"


def regression(alpha, x, y, class_weight=None):
    """The optimum of `sum_i c_i log-loss_i + alpha/2 ||w||²`, the bias free; the gradient must vanish."""
    fitted = LogisticRegression(C=1.0 / alpha, tol=1e-13, max_iter=10_000, solver="newton-cholesky", class_weight=class_weight).fit(x, y)
    w, b = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:
        cost = np.where(y, len(y) / (2 * y.sum()), len(y) / (2 * (~y).sum())) if class_weight else 1.0
        residual = (cost * (expit(x @ w[0] + b[0]) - y))[:, None]
    else:
        residual = softmax(x @ w.T + b, axis=1) - np.eye(len(fitted.classes_))[np.searchsorted(fitted.classes_, y)]
    gradient = np.vstack([x.T @ residual + alpha * w.T, residual.sum(axis=0)])
    assert np.abs(gradient).max() < 1e-10, np.abs(gradient).max()
    return fitted


def solver():
    """120 rows of 30 features, all values multiples of 1/64 and so exact in f32; labels that no line separates, one of them rare."""
    random = np.random.RandomState(7)
    rows, features = 120, 30
    x = np.where(random.rand(rows, features) < 0.2, random.randint(1, 97, (rows, features)) / 64.0, 0.0)
    truth = random.randn(features, 3) * [1.5, 2.0, 2.0]
    y = random.rand(rows, 3) < expit(x @ truth + [0.0, -1.5, -4.0])
    assert (x.astype(np.float32) == x).all() and y.sum(axis=0).min() >= 5
    solutions = []
    for alpha in [0.01, 1.0, 10.0]:
        for class_weight in [None, "balanced"]:
            for label in range(3):
                fitted = regression(alpha, x, y[:, label], class_weight)
                solutions.append({
                    "alpha": alpha,
                    "balanced": class_weight is not None,
                    "label": label,
                    "bias": fitted.intercept_[0],
                    "weights": fitted.coef_[0].tolist(),
                })
    write("solver.json", {
        "features": features,
        "rows": [[[int(i), float(row[i])] for i in np.flatnonzero(row)] for row in x],
        "targets": [np.flatnonzero(y[:, label]).tolist() for label in range(3)],
        "solutions": solutions,
    })


def calibration():
    """Scores as cross-validation gives them: too timid, too bold, shifted; for single choice also a label that no text has."""
    random = np.random.RandomState(11)
    alpha = 0.01
    texts = 150
    z = np.round(random.randn(texts, 3) * [1.0, 4.0, 2.0] + [0.0, 0.0, -2.0], 3)
    y = random.rand(texts, 3) < expit(z * [2.0, 0.4, 1.0] + [-1.0, 0.2, -0.5])
    platt = [regression(alpha, z[:, [k]], y[:, k]) for k in range(3)]
    multi = {
        "scores": z.T.tolist(),
        "targets": [np.flatnonzero(y[:, k]).tolist() for k in range(3)],
        "slopes": [float(f.coef_[0, 0]) for f in platt],
        "offsets": [float(f.intercept_[0]) for f in platt],
    }
    singles = []
    for absent, scale in [(None, 1.0), (2, 1.0), (None, 6.0)]:
        labels = 4
        choice = random.choice([k for k in range(labels) if k != absent], texts)
        z = np.round(scale * (random.randn(texts, labels) + 1.5 * np.eye(labels)[choice] - 1.0), 3)
        fitted = regression(alpha, z, choice)
        singles.append({
            "scores": z.T.tolist(),
            "choice": choice.tolist(),
            "classes": fitted.classes_.tolist(),
            "matrix": fitted.coef_.tolist(),
            # Softmax leaves a common offset open.
            "offset": (fitted.intercept_ - fitted.intercept_.mean()).tolist(),
        })
    write("calibration.json", {"alpha": alpha, "texts": texts, "multi": multi, "single": singles})


def figures(y, p, labels):
    """Per label and averaged; y and p are indicator matrices, or choices with `labels` standing for none."""
    which = list(range(labels))
    def scores(average):
        return [float(v) for v in precision_recall_fscore_support(y, p, labels=which, average=average, zero_division=0)[:3]]
    columns = precision_recall_fscore_support(y, p, labels=which, average=None, zero_division=0)
    return {
        "labels": [[float(c) for c in label[:3]] + [int(label[3])] for label in zip(*columns)],
        "micro": scores("micro"),
        "macro": scores("macro"),
        "weighted": scores("weighted"),
        "accuracy": float(accuracy_score(y, p)),
    }


def metrics():
    random = np.random.RandomState(13)
    texts, labels = 60, 6
    cases = []

    gold = random.rand(texts, labels) < [0.5, 0.3, 0.1, 0.1, 0.0, 0.0]
    predicted = np.where(random.rand(texts, labels) < 0.7, gold, random.rand(texts, labels) < 0.3)
    predicted[:, [3, 5]] = False  # 3: no predictions; 4: no positives; 5: neither.
    nothing = np.zeros_like(gold)
    for name, y, p in [
        ("a label without positives, one without predictions, one without either", gold, predicted),
        ("no predictions", gold, nothing),
        ("no positives", nothing, predicted),
        ("nothing at all", nothing, nothing),
        ("all right", gold, gold),
    ]:
        lists = [[np.flatnonzero(row).tolist() for row in matrix] for matrix in (y, p)]
        cases.append({"name": name, "kind": "multi", "gold": lists[0], "predicted": lists[1], **figures(y, p, labels)})

    gold = random.choice(labels, texts, p=[0.4, 0.3, 0.1, 0.1, 0.1, 0.0])
    predicted = np.where(random.rand(texts) < 0.6, gold, random.randint(0, labels, texts))
    predicted[predicted == 3] = 0
    gappy = np.where(random.rand(texts) < 0.2, labels, predicted)
    for name, p in [("a choice for every text", predicted), ("texts without a choice", gappy), ("no choice at all", np.full(texts, labels))]:
        cases.append({
            "name": name,
            "kind": "single",
            "gold": [[int(k)] for k in gold],
            "predicted": [[int(k)] if k < labels else [] for k in p],
            **figures(gold, p, labels),
            "confusion": confusion_matrix(gold, p, labels=list(range(labels + 1)))[:labels].tolist(),
        })
    write("metrics.json", {"label_count": labels, "cases": cases})


if __name__ == "__main__":
    tfidf()
    solver()
    calibration()
    metrics()
