import pytest

from apps.core.email_address import normalise_email


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Mike@Example.COM", "mike@example.com"),
        ("  mike@example.com\n", "mike@example.com"),
        ("m\u0131ke@example.com", "m\u0131ke@example.com"),  # dotless i
        ("\u212a@example.com", "\u212a@example.com"),  # Kelvin sign
        ("\u0130@example.com", "\u0130@example.com"),  # capital dotted I
        ("\ufb01@example.com", "\ufb01@example.com"),  # the ligature fi
        ("a@stra\u00dfe.de", "a@stra\u00dfe.de"),
        ("a+b@example.com", "a+b@example.com"),
        ('"A B"@example.com', '"a b"@example.com'),
    ],
)
def test_only_ascii_case_and_blanks_are_ironed_out(typed, key):
    assert normalise_email(typed) == key
