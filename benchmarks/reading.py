"""How fast and how well feedback is read, and how fast rules are matched. No database.

    python benchmarks/reading.py [--json] [--data DIR]

Without --data the texts are made up and only speed is told. DIR holds CSV files (gzipped or not) with the
columns text, label, score, product: airline_tweets, uci_sentences, vader_ground_truth, germeval2017; those
missing are left out. Of these, uci_sentences and vader_ground_truth were trained on: their figures flatter
(apps/insight/README.md has those of models that never saw them).
"""

import argparse
import csv
import gzip
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from apps.insight import sentiment
from apps.insight.reader import Text, current_reader
from apps.tagging.phrases import Rule, TaggableText, match_texts

TEXT_COUNT = 10_000
ROUNDS = 3
SUBJECTS = ("instrument", "software", "column oven", "stage", "detector", "support team", "firmware", "order")
VERBS = ("keeps failing", "works great", "was delivered", "still has no manual", "drifts", "needs a filter")
ENDS = (
    "since the update to version 4.2 last week, and we are still waiting for a reply.",
    "after an hour of measuring at 40 degrees; how do we change this?",
    "thank you so much, the whole laboratory is happy about it! 🎉",
    "und der Kundendienst hat sich bis heute leider nicht gemeldet.",
)
VADER_SETS = ("tweets", "amazonReviewSnippets")


def made_up_texts():
    """Return TEXT_COUNT texts of about 17 words."""
    return [f"Our {SUBJECTS[n % 8]} {VERBS[n % 6]} {ENDS[n % 4]} Report {n}." for n in range(TEXT_COUNT)]


def made_up_rules():
    """Return ten rules of ten phrases: words, prefixes and phrases of words."""
    endings = ("", "s", " again", "*", " late", " is broken", " failed*", "-free", " reply", " on hold")
    words = (
        "delay",
        "instrument",
        "waiting",
        "update",
        "hour",
        "reply",
        "manual",
        "filter",
        "lost",
        "refund",
    )
    return [Rule(n, tuple(word + ending for ending in endings), ("no problem",)) for n, word in enumerate(words)]


def rate(work, count):
    """Return the texts per second of the best of ROUNDS."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return round(count / best)


def measure_speed(texts):
    reader, rules = current_reader(), made_up_rules()
    reader.read([Text("Loads the models before the clock starts.")])
    to_read, to_match = [Text(text) for text in texts], [TaggableText(text) for text in texts]
    return {
        "reading_texts_per_second": rate(lambda: reader.read(to_read), len(texts)),
        "matching_texts_per_second": rate(lambda: match_texts(rules, to_match), len(texts)),
    }


def macro_f1(truths, guesses, classes):
    """Return the mean F1 of ``classes``."""
    total = 0.0
    for name in classes:
        hits = sum(t == g == name for t, g in zip(truths, guesses, strict=True))
        named = truths.count(name) + guesses.count(name)
        total += 2 * hits / named if named else 0.0
    return round(total / len(classes), 3)


def read_rows(folder, name):
    for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.exists():
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rt", encoding="utf-8") as file:
                return list(csv.DictReader(file))
    return []


def label_of(score):
    """Label a mean human rating from -4 to 4, as benchmarks/train_sentiment.py does."""
    return "neutral" if abs(score) < 0.5 else "positive" if score > 0 else "negative"


def score_set(rows):
    """Return macro-F1 of ``rows``; where they hold two classes, by the sign of the sentiment."""
    truths = [row["label"] for row in rows]
    readings = current_reader().read([Text(row["text"], (row["product"],)) for row in rows])
    if "neutral" in truths:
        return macro_f1(truths, [reading.sentiment for reading in readings], sentiment.CLASSES)
    signs = ["positive" if reading.sentiment_milli >= 0 else "negative" for reading in readings]
    return macro_f1(truths, signs, ("negative", "positive"))


def measure_quality(folder):
    csv.field_size_limit(10**9)
    sets = {name: read_rows(folder, name) for name in ("airline_tweets", "uci_sentences", "germeval2017")}
    rated = read_rows(folder, "vader_ground_truth")
    for name in VADER_SETS:
        of_set = [row for row in rated if row["product"] == name]
        sets[f"vader_{name}"] = [{**row, "label": label_of(float(row["score"]))} for row in of_set]
    return {f"{name}_macro_f1": score_set(rows) for name, rows in sets.items() if rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure_speed(made_up_texts())
    if options.data:
        airline = read_rows(options.data, "airline_tweets")
        if airline:
            tweets = measure_speed([row["text"] for row in airline])
            figures |= {f"airline_{name}": value for name, value in tweets.items()}
        figures |= measure_quality(options.data)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:40} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
