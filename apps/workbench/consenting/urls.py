"""URLs of consents as staff see them; part of the workbench's."""

from django.urls import path

from apps.workbench.consenting import views

urlpatterns = [
    path("customers/<int:customer_id>/consents/", views.customer_consents, name="customer-consents"),
    path("consents/", views.consent_text_list, name="consent-texts"),
    path("consents/<slug:purpose>/", views.consent_text, name="consent-text"),
    path("erasures/", views.erasure_requests, name="erasure-requests"),
    path("erasures/<int:customer_id>/refuse/", views.refuse_erasure, name="refuse-erasure"),
]
