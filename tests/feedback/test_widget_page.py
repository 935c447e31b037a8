"""The page on which staff set the widget up: snippets that work, a secret shown once, a demo under a strict policy."""

import re
import shutil
import subprocess
import time

import pytest

from apps.feedback.models import Form, WidgetSecret
from apps.feedback.widget.identity import read_identity
from apps.feedback.widget.snippets import NODE, PHP, PYTHON
from tests.factories import AdministratorFactory, ProductFactory, make_form

ADA = {"email": "ada@lab.example", "name": "Ada Byron", "organisation": "Société"}
NODE_CALL = """
const [, secret, email, name, organisation] = process.argv;
process.stdout.write(feedbackIdentity({ email, name, organisation }, secret));
"""
PHP_CALL = """
[$_, $secret, $email, $name, $organisation] = $argv;
echo feedback_identity(compact('email', 'name', 'organisation'), $secret);
"""
RUNNERS = {"node": ["node", "-e", NODE + NODE_CALL], "php": ["php", "-r", PHP + PHP_CALL]}


@pytest.fixture
def staff(db, client):
    client.force_login(AdministratorFactory())
    return client


@pytest.fixture
def shown(product) -> Form:
    return make_form(product=product, slug="nps", purpose="nps", frame_origins=["https://lab.example"])


def secret_on(response) -> str:
    return re.search(r'id="secret" value="([0-9a-f]{64})"', response.content.decode()).group(1)


def test_the_page_says_what_to_put_into_a_page(staff, shown, settings):
    page = staff.get(f"/forms/{shown.pk}/widget/").content.decode()

    src = f"{settings.PUBLIC_URL}/widget.js"
    assert f"&lt;script src=&quot;{src}&quot; data-form=&quot;nps&quot; async&gt;&lt;/script&gt;" in page
    assert "https://lab.example" in page
    assert "frame-src" not in page  # its few questions need no frame


def test_the_share_page_names_the_address_that_may_be_framed(staff, shown):
    page = staff.get(f"/forms/{shown.pk}/share/").content.decode()

    assert "/f/nps/embed/" in page
    assert "/widget.js" in page


def test_a_secret_is_shown_once(staff, shown):
    made = staff.post(f"/forms/{shown.pk}/widget/secrets/")
    later = staff.get(f"/forms/{shown.pk}/widget/").content.decode()

    secret = secret_on(made)
    assert made.headers["Cache-Control"] == "no-store"
    assert (WidgetSecret.objects.count(), secret in later) == (1, False)


def test_a_fourth_secret_is_refused_with_what_to_do(staff, shown):
    for _ in range(4):
        response = staff.post(f"/forms/{shown.pk}/widget/secrets/", follow=True)

    assert "Three secrets are in force" in response.content.decode()
    assert WidgetSecret.objects.count() == 3


def test_a_secret_ends_and_only_by_a_form_of_its_product(staff, shown):
    staff.post(f"/forms/{shown.pk}/widget/secrets/")
    secret = WidgetSecret.objects.get()
    other = make_form(product=ProductFactory(), slug="other")

    wrong = staff.post(f"/forms/{other.pk}/widget/secrets/{secret.pk}/end/")
    right = [staff.post(f"/forms/{shown.pk}/widget/secrets/{secret.pk}/end/").status_code for _ in range(2)]

    secret.refresh_from_db()
    assert (wrong.status_code, right) == (404, [302, 302])
    assert secret.ended_at is not None


def test_what_the_python_snippet_signs_is_verified(staff, shown):
    secret = secret_on(staff.post(f"/forms/{shown.pk}/widget/secrets/"))
    names: dict = {}
    exec(PYTHON, names)  # what is shown to people is what is tested

    found = read_identity(names["feedback_identity"](ADA, secret), product_id=shown.product_id, now=time.time())

    assert (found.standing, found.person) == ("verified", tuple(ADA.values()))


@pytest.mark.parametrize("language", RUNNERS)
def test_what_the_other_snippets_sign_is_verified(staff, shown, language):
    if shutil.which(language) is None:
        pytest.skip(f"NOT RUN: no {language}")
    secret = secret_on(staff.post(f"/forms/{shown.pk}/widget/secrets/"))

    told = subprocess.run([*RUNNERS[language], secret, *ADA.values()], capture_output=True, text=True, check=True)

    found = read_identity(told.stdout, product_id=shown.product_id, now=time.time())
    assert (found.standing, found.person) == ("verified", tuple(ADA.values()))


def test_the_demo_page_has_a_strict_policy_and_a_signed_identity(staff, shown):
    staff.post(f"/forms/{shown.pk}/widget/secrets/")

    page = staff.get(f"/forms/{shown.pk}/widget/demo/?trigger=time")

    identity = re.search(r'data-identity="([^"]+)"', page.content.decode()).group(1)
    policy = page.headers["Content-Security-Policy"]
    assert 'data-trigger="time:3"' in page.content.decode()
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert read_identity(identity, product_id=shown.product_id, now=time.time()).standing == "verified"


def test_an_unknown_trigger_is_the_button(staff, shown):
    page = staff.get(f'/forms/{shown.pk}/widget/demo/?trigger="><script>').content.decode()

    assert 'data-trigger="button"' in page
    assert 'data-identity=""' in page
