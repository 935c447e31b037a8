"""What people say of themselves, and their picture."""

from contextlib import suppress
from io import BytesIO
from random import Random

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageOps

from apps.accounts import pictures, profile
from apps.accounts.models import Picture, Role, Theme
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PROFILE, PICTURE, REMOVE = "/accounts/profile/", "/accounts/profile/picture/", "/accounts/profile/picture/remove/"
FIELDS = {"name": "Ada Lovelace", "language": "de", "time_zone": "Europe/Berlin", "theme": "dark"}


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com", name="Ada", role=Role.SCIENTIST)


@pytest.fixture
def inside(client, ada):
    client.force_login(ada)
    return client


def image_file(size=(600, 400), format="PNG", mode="RGB", colour="red", **options) -> bytes:  # noqa: A002 Pillow's
    out = BytesIO()
    Image.new(mode, size, colour).save(out, format, **options)
    return out.getvalue()


def upload(client, content: bytes, name="picture.png"):
    return client.post(PICTURE, {"picture": SimpleUploadedFile(name, content)})


def picture_url(user) -> str:
    return f"/people/{user.pk}/picture/{user.picture_key}.webp"


def test_the_profile_is_saved(inside, ada):
    for _ in range(2):
        assert inside.post(PROFILE, FIELDS).status_code == 302

    ada.refresh_from_db()
    assert (ada.name, ada.language, ada.time_zone, ada.theme) == (
        "Ada Lovelace",
        "de",
        "Europe/Berlin",
        Theme.DARK,
    )


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 151}, {"language": "xx"}, {"time_zone": "Mars/Base"}, {"theme": "loud"}]
)
def test_what_cannot_be_is_refused_and_given_back(inside, ada, wrong):
    answer = inside.post(PROFILE, {**FIELDS, "name": "New name", **wrong})

    ada.refresh_from_db()
    assert (answer.status_code, ada.name, ada.language) == (422, "Ada", "")
    assert b"error-text" in answer.content
    if "name" not in wrong:
        assert b"New name" in answer.content


def test_nobody_makes_themselves_more_than_they_are(inside, ada):
    inside.post(PROFILE, {**FIELDS, "is_superuser": "on", "everywhere_role": "manager", "email": "x@example.com"})

    ada.refresh_from_db()
    assert (ada.is_superuser, ada.everywhere_role, ada.email) == (False, "", "ada@example.com")


def test_strangers_and_wrong_methods(client, ada):
    assert [client.get(url).status_code for url in (PROFILE, "/accounts/", picture_url(ada))][:2] == [302, 302]
    assert client.post(PICTURE).status_code == 302
    client.force_login(ada)
    assert [client.put(PROFILE).status_code, client.get(PICTURE).status_code, client.get(REMOVE).status_code] == [
        405,
        405,
        405,
    ]


def test_the_overview_ties_everything_together(inside):
    page = inside.get("/accounts/").content.decode()

    for name in ("profile/", "password/change/", "2fa/", "sessions/"):
        assert f'href="/accounts/{name}' in page


# --- the picture --------------------------------------------------------------------------------------------


def test_a_picture_becomes_a_small_square_without_metadata(inside, ada):
    exif = Image.Exif()
    exif[0x010E] = "the secret laboratory"
    exif[0x0112] = 6  # lies on its side
    content = image_file((800, 400), "JPEG", exif=exif)

    assert upload(inside, content, "x.jpg").status_code == 302

    ada.refresh_from_db()
    stored = bytes(Picture.objects.get(user=ada).image)
    image = Image.open(BytesIO(stored))
    assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (256, 256), {})
    assert b"secret" not in stored
    assert len(stored) < 20_000


def test_it_stands_upright():
    content = Image.new("RGB", (400, 400), "blue")
    content.paste("red", (0, 0, 400, 200))  # red above, blue below
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    out = BytesIO()
    content.save(out, "JPEG", exif=exif)

    square = Image.open(BytesIO(pictures.square_webp(out, size_bytes=len(out.getvalue()))))

    red, _green, blue = square.convert("RGB").getpixel((128, 20))
    assert blue > red


@pytest.mark.parametrize("orientation", range(10))
def test_it_stands_upright_however_it_was_held(orientation):
    content = Image.new("RGB", (400, 400), "blue")
    content.paste("red", (0, 0, 400, 200))
    content.paste("green", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    content.save(out, "PNG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(out)).convert("RGB").resize((256, 256))

    square = Image.open(BytesIO(pictures.square_webp(out, size_bytes=len(out.getvalue())))).convert("RGB")

    corners = [(64, 64), (192, 64), (64, 192), (192, 192)]
    strongest = [
        [max(range(3), key=image.getpixel(corner).__getitem__) for corner in corners] for image in (square, expected)
    ]
    assert strongest[0] == strongest[1]


@pytest.mark.filterwarnings("ignore")  # Pillow's, of what it finds wrong
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_damaged_file_is_refused_or_shown_and_never_fails(format_):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "x" * 50
    whole, chance = image_file((64, 48), format_, exif=exif.tobytes()), Random(1)
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(chance.choice([1, 5, 20])):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with suppress(ValidationError):
            assert pictures.square_webp(BytesIO(broken), size_bytes=len(broken))


@pytest.mark.parametrize(
    ("format_", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGB"), ("PNG", "L")]
)
def test_the_formats_of_browsers_are_taken(format_, mode):
    content = image_file(format=format_, mode=mode, colour=1 if mode in "PL" else "red")

    assert pictures.square_webp(BytesIO(content), size_bytes=len(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no picture at all", b"not a picture we can read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"not a picture we can read"),
        (image_file(format="BMP"), b"not a picture we can read"),
        (image_file()[:150], b"damaged"),
        (image_file((6000, 5000), mode="1", colour=0), b"more than 25 million pixels"),
        (image_file((12000, 9000), mode="1", colour=0), b"more than 25 million pixels"),
        (image_file((20000, 10000), mode="1", colour=0), b"more than 25 million pixels"),
        (image_file() + b"\0" * 5_000_000, b"larger than 5 MB"),
    ],
)
def test_what_is_no_good_picture_is_refused_with_a_reason(inside, ada, content, message):
    answer = upload(inside, content)

    ada.refresh_from_db()
    assert (answer.status_code, ada.picture_key, Picture.objects.count()) == (422, "", 0)
    assert message in answer.content


def test_a_body_past_all_measure_is_not_read(inside):
    answer = upload(inside, b"\0" * 7_000_000)

    assert answer.status_code == 413


def test_pictures_are_for_staff_and_kept_by_browsers_for_ever(inside, ada, client):
    upload(inside, image_file())
    ada.refresh_from_db()
    url = picture_url(ada)
    colleague = type(client)()
    colleague.force_login(UserFactory())

    answer = colleague.get(url)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert colleague.get(url.replace(ada.picture_key, "0" * 32)).status_code == 404
    assert colleague.get(f"/people/{ada.pk + 999}/picture/{ada.picture_key}.webp").status_code == 404
    assert type(client)().get(url).status_code == 302
    assert colleague.post(url).status_code == 405


def test_the_same_picture_has_the_same_address_and_another_a_new_one(inside, ada):
    keys = []
    for colour in ("red", "red", "blue"):
        upload(inside, image_file(colour=colour))
        ada.refresh_from_db()
        keys.append(ada.picture_key)

    assert (keys[0] == keys[1], keys[1] == keys[2], Picture.objects.count()) == (True, False, 1)


def test_without_a_picture_there_are_initials(inside, ada):
    upload(inside, image_file())
    ada.refresh_from_db()
    url = picture_url(ada)

    for _ in range(2):
        assert inside.post(REMOVE).status_code == 302

    ada.refresh_from_db()
    assert (ada.picture_key, Picture.objects.count(), inside.get(url).status_code) == ("", 0, 404)


def test_zones_are_of_this_earth():
    zones = profile.time_zones()

    assert zones[0] == "UTC"
    assert {"Europe/Berlin", "America/New_York", "Asia/Kolkata"} < set(zones)
    assert not any(name.startswith(("posix", "right", "Etc")) for name in zones)


def test_the_profile_says_in_which_zone_days_are_counted(client, settings):
    client.force_login(UserFactory())

    html = client.get("/accounts/profile/").content.decode()

    assert f"Daily counts stay in {settings.TIME_ZONE}." in html
