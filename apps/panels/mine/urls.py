"""What customers open themselves, by a link mailed to them; under the customers' name, whose page it is."""

from django.urls import path

from apps.panels.mine import views

app_name = "customers"
urlpatterns = [
    path("my/", views.ask_link, name="ask-link"),
    path("my/<str:token>/", views.mine, name="mine"),
    path("my/<str:token>/consents/", views.choose, name="my-consents"),
    path("my/<str:token>/data.json", views.my_data, name="my-data"),
    path("my/<str:token>/erasure/", views.ask_erasure, name="my-erasure"),
]
