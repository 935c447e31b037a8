"""Public addresses: no sign-in, no cookie."""

from django.urls import path

from apps.feedback import file_views, views

app_name = "feedback"
urlpatterns = [
    path("", views.start, name="start"),
    path("f/<slug:slug>/", views.public_form, name="form"),
    path("f/<slug:slug>/seen/", views.seen, name="seen"),
    path("r/<str:token>/", views.receipt, name="receipt"),
    path("r/<str:token>/files/<str:key>/", file_views.receipt_file, name="receipt-file"),
    path("r/<str:token>/files/<str:key>/preview/", file_views.receipt_preview, name="receipt-preview"),
    path("r/<str:token>/confirm/<str:confirmation>/", views.confirm, name="confirm"),
]
