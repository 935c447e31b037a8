import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.insight import language, sentiment
from apps.insight.reader import LexiconReader, ReadText, Text, current_reader


def read_one(text: str, *names: str) -> ReadText:
    [reading] = current_reader().read([Text(text, names)])
    return reading


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The new firmware works great, thank you so much!", "positive"),
        ("I have been waiting three weeks and still no reply from support.", "negative"),
        ("The software keeps crashing when I export a spectrum.", "negative"),
        ("How do I change the temperature of the column oven?", "neutral"),
        ("Das Gerät ist leider schon wieder ausgefallen, eine Zumutung.", "negative"),
        ("Vielen Dank, der Kundendienst war sehr freundlich und hilfsbereit.", "positive"),
        ("Die Messung beginnt am Montag um acht Uhr im Labor.", "neutral"),
        ("Le capteur a été livré avec le microscope hier 😡😡", "negative"),
        ("", "neutral"),
    ],
)
def test_sentiment_reads_english_german_and_emoji(text, label):
    assert read_one(text).sentiment == label


def test_negated_praise_in_german_is_not_praise():
    assert read_one("Das ist für uns nicht gut und nicht zufriedenstellend.").sentiment_milli < 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The instrument lost its calibration again", "en"),
        ("Der Messkopf hat seine Kalibrierung verloren", "de"),
        ("L'instrument a encore perdu son étalonnage", "fr"),
        ("仪器又失去了校准 请尽快修复", "zh"),
        ("هذا الجهاز لا يعمل بشكل جيد", "ar"),
        ("too slow", ""),
        ("12345 --- 6789", ""),
        ("🎉🎉🎉", ""),
        ("", ""),
    ],
)
def test_language_is_iso_code_or_blank_where_unsure(text, code):
    assert language.detect_language(text) == code


def test_names_links_addresses_and_handles_carry_no_sentiment():
    masked = sentiment.mask(
        "@happy_air see https://love.example/win or joy@best.example: Superb Lab is open", ["superb lab"]
    )

    assert masked.split() == ["see", "or", ":", "is", "open"]


@pytest.mark.parametrize(
    "text",
    [
        "😡" * 20_000,
        "bad but good " * 1_500,
        "the bad " * 2_500,
        "a" * 20_000,
        "@" * 20_000,
        "a@" * 10_000,
        "a." * 10_000,
        "still " * 4_000,
        "nicht gut " * 2_000,
        "https://" * 2_500,
        " " * 20_000,
        "\u0301" * 20_000,
        "\u202e\u200f مرحبا" * 2_000,
        "a\0b\ud800c",
    ],
)
def test_a_hostile_text_is_read_in_bounded_time(text):
    reader = LexiconReader()
    reader.read([Text("warm up")])
    began = time.process_time()

    [reading] = reader.read([Text(text, ("a", "(", "nicht"))])

    assert time.process_time() - began < 2
    assert -1000 <= reading.sentiment_milli <= 1000


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300), st.lists(st.text(max_size=10), max_size=3))
def test_no_text_makes_the_reader_raise(text, names):
    reading = LexiconReader()._read_safely(Text(text, tuple(names)))

    assert reading.sentiment in sentiment.CLASSES
    assert -1000 <= reading.sentiment_milli <= 1000
    assert len(reading.language) in (0, 2)


def test_a_text_a_library_trips_over_leaves_its_batch_alone(monkeypatch, caplog):
    real = language.detect_language
    monkeypatch.setattr(language, "detect_language", lambda text: 1 // 0 if "poison" in text else real(text))

    readings = LexiconReader().read([Text("this is poison"), Text("This is a wonderful microscope, thanks!")])

    assert readings[0] == ReadText("", "neutral", 0)
    assert readings[1].sentiment == "positive"
    assert "14 characters" in caplog.text
    assert "this is poison" not in caplog.records[0].getMessage()


def test_weights_hold_every_dense_feature():
    weights = sentiment._weights()

    assert len(weights.dense) == len(sentiment.DENSE) == len(sentiment.dense_features("x"))
    assert len(weights.terms) == 1_500


def test_a_process_that_reads_nothing_loads_no_model():
    code = (
        "import os, sys, django;"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'feedback_platform.settings');"
        "django.setup();"
        "import apps.insight.search, apps.insight.services;"
        "print([name for name in ('eldc', 'vaderSentiment') if name in sys.modules])"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
