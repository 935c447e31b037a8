"""Amounts in the smallest unit of a currency, and how people write them. Pure functions."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format

# ISO 4217: codes that are offered, with the digits of their smallest unit.
DIGITS = {
    "EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "AUD": 2, "BRL": 2, "CAD": 2, "CNY": 2, "CZK": 2, "DKK": 2, "HUF": 2,
    "ILS": 2, "INR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "NOK": 2, "NZD": 2, "PLN": 2, "SEK": 2, "SGD": 2,
    "TRY": 2, "TWD": 2, "ZAR": 2, "AED": 2, "SAR": 2, "TND": 3,
}  # fmt: skip
LARGEST = Decimal(10_000_000)  # of any currency: more is a slip of the keyboard


def digits_of(currency: str) -> int:
    return DIGITS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Return ``amount`` in the smallest unit, rounded to it."""
    return int(amount.scaleb(digits_of(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_minor(amount_minor: int, currency: str) -> Decimal:
    return Decimal(amount_minor).scaleb(-digits_of(currency))


def money_words(amount_minor: int, currency: str) -> str:
    """Return the amount with its currency as the active language writes numbers: "1,250.00 EUR"."""
    number = number_format(from_minor(amount_minor, currency), digits_of(currency), force_grouping=True)
    return f"{number}\u00a0{currency}"
