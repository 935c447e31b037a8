"""The measure of benchmarks/submit.py: a Django view that does one ORM insert, under the platform's own settings.

WITHOUT_MIDDLEWARE=1 leaves all middleware out as well.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

import django
from django.conf import settings

settings.ROOT_URLCONF = "benchmarks.bare"
django.setup()  # before the model is made
if os.environ.get("WITHOUT_MIDDLEWARE"):
    settings.MIDDLEWARE = []  # after what apps check at their start

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402


class Bare(models.Model):
    text = models.TextField()
    rating = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "benchmarks"
        db_table = "benchmark_bare"
        managed = False

    def __str__(self) -> str:
        return f"Bare {self.pk}"


@csrf_exempt
def insert(request: HttpRequest) -> HttpResponse:
    """Insert what was posted; nothing is checked."""
    row = Bare.objects.create(text=request.POST["text"], rating=int(request.POST["rating"]))
    answer = str(row.pk)
    return HttpResponse(answer, status=201, headers={"Content-Length": str(len(answer))})


def health(request: HttpRequest) -> HttpResponse:
    """Answer where no middleware does."""
    return HttpResponse("ok")


urlpatterns = [path("bare/", insert), path("healthz", health)]
application = get_wsgi_application()
