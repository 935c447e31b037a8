import pytest

from apps.core.slugs import unique_slug


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("pH Meter", set(), "ph-meter"),
        ("pH Meter", {"ph-meter"}, "ph-meter-2"),
        ("pH Meter", {"ph-meter", "ph-meter-2", "ph-meter-4"}, "ph-meter-3"),
        ("pH-metre", {"ph-meter"}, "ph-metre"),
        ("測定器", set(), "thing"),
        ("測定器", {"thing"}, "thing-2"),
        ("a-very-long-name", set(), "a-very-lon"),
        ("a-very-long-name", {"a-very-lon"}, "a-very-l-2"),
        ("___", set(), "thing"),
    ],
)
def test_unique_slug(name, taken, expected):
    assert unique_slug(name, taken=taken, max_length=10, fallback="thing") == expected
