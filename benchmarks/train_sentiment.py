"""Make apps/insight/weights/sentiment_en.json from permissive sets; needs scikit-learn, the product does not.

    uv run --with scikit-learn python benchmarks/train_sentiment.py --data DIR [--check]

DIR holds CSV files with the columns text, label, score, product (apps/insight/README.md names and cites
them): uci_sentences.csv, vader_ground_truth.csv.gz, chatgpt_app_reviews.csv. ``--check`` trains once more
without each set in turn and prints the macro-F1 on the set left out; nothing is written then. No airline
tweet is ever trained on (their licence forbids commercial use): benchmarks/reading.py measures on them.
"""

import argparse
import csv
import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

sys.path.insert(0, str(Path(__file__).parents[1]))
from apps.insight import sentiment

FILES = ("uci_sentences.csv", "vader_ground_truth.csv.gz", "chatgpt_app_reviews.csv")
TERM_COUNT = 1_500
MIN_TEXTS = 5  # that hold a term
STRENGTH = 0.5  # inverse of the regularisation
NEUTRAL_ODDS = 2.0  # the sets hold fewer neutral texts than inboxes do
PHRASE_LOGITS = 0.5  # by hand: the sets hold fewer service complaints than inboxes do
OFF_TOPIC = {"movieReviewSnippets": 0.5, "nytEditorialSnippets": 0.5}  # their weight


def read_sets(folder):
    """Return {set name: [(masked text, label)]}."""
    sets = defaultdict(list)
    csv.field_size_limit(10**9)
    for name in FILES:
        opener = gzip.open if name.endswith(".gz") else open
        with opener(folder / name, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                vader_set = row["product"] if name.startswith("vader") else name.split(".")[0]
                label = label_of(float(row["score"])) if name.startswith("vader") else row["label"]
                sets[vader_set].append((sentiment.mask(row["text"], ()), label))
    return dict(sets)


def label_of(score):
    """Label a mean human rating from -4 to 4."""
    return "neutral" if abs(score) < 0.5 else "positive" if score > 0 else "negative"


def matrix(texts, vectoriser):
    """Return the terms of each text, scaled to length one, and its dense features."""
    terms = vectoriser.transform(texts)
    scale = 1 / np.sqrt(np.maximum(1, np.asarray(terms.sum(axis=1)).ravel()))
    return sp.hstack([sp.diags(scale) @ terms, sp.csr_matrix([sentiment.dense_features(t) for t in texts])]).tocsr()


def vectoriser_of(vocabulary=None):
    return CountVectorizer(
        analyzer=sentiment.term_set,
        binary=True,
        min_df=MIN_TEXTS if vocabulary is None else 1,
        vocabulary=vocabulary,
    )


def train(sets):
    """Return the model and its vectoriser: fit on all terms, keep the telling ones, fit again on those."""
    texts = [text for rows in sets.values() for text, _ in rows]
    labels = [label for rows in sets.values() for _, label in rows]
    weights = [OFF_TOPIC.get(name, 1.0) for name, rows in sets.items() for _ in rows]
    every = vectoriser_of().fit(texts)
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(matrix(texts, every), labels, sample_weight=weights)
    counts = np.asarray(every.transform(texts).sum(axis=0)).ravel()
    telling = np.abs(model.coef_[:, : len(counts)]).max(axis=0) * np.sqrt(counts)
    names = every.get_feature_names_out()
    kept = vectoriser_of(sorted(names[i] for i in np.argsort(-telling)[:TERM_COUNT]))
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(matrix(texts, kept), labels, sample_weight=weights)
    model.intercept_[1] += np.log(NEUTRAL_ODDS)
    dense = model.coef_[:, TERM_COUNT:]
    dense[0, sentiment.DENSE.index("has_complaint")] += PHRASE_LOGITS
    dense[2, sentiment.DENSE.index("has_praise")] += PHRASE_LOGITS
    return model, kept


def as_json(model, vectoriser):
    """Return the weights in thousandths, one term a line."""
    milli = np.round(model.coef_.T * 1000).astype(int).tolist()
    terms = vectoriser.get_feature_names_out().tolist()
    lines = ",\n".join(f"{json.dumps(term)}: {json.dumps(row)}" for term, row in zip(terms, milli, strict=False))
    dense = json.dumps(dict(zip(sentiment.DENSE, milli[len(terms) :], strict=True)))
    intercept = json.dumps(np.round(model.intercept_ * 1000).astype(int).tolist())
    return f'{{"intercept": {intercept},\n"dense": {dense},\n"terms": {{\n{lines}\n}}}}\n'


def check(sets):
    """Print the macro-F1 on each set of a model that never saw it; two classes where the set has two."""
    for name, rows in sets.items():
        model, vectoriser = train({other: rows_ for other, rows_ in sets.items() if other != name})
        odds = model.predict_proba(matrix([text for text, _ in rows], vectoriser))
        labels = [label for _, label in rows]
        if "neutral" not in labels:
            odds[:, 1] = 0
        guesses = [sentiment.CLASSES[i] for i in odds.argmax(axis=1)]
        print(name, len(rows), round(f1_score(labels, guesses, average="macro"), 3), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    sets = read_sets(options.data)
    if options.check:
        check(sets)
        return
    sentiment.WEIGHTS_FILE.parent.mkdir(exist_ok=True)
    sentiment.WEIGHTS_FILE.write_text(as_json(*train(sets)), encoding="utf-8")


if __name__ == "__main__":
    main()
