"""URLs of the feedback list, of one feedback, and of what feedback comes in by: products and forms."""

from django.urls import path

from apps.workbench import actions, products, public_forms, views

app_name = "workbench"
urlpatterns = [
    path("feedback/", views.feedback_list, name="feedback-list"),
    path("feedback/<int:feedback_id>/", views.feedback_detail, name="feedback-detail"),
    path("feedback/<int:feedback_id>/tags/", actions.tag_feedback, name="tag-feedback"),
    path("feedback/<int:feedback_id>/tags/<slug:slug>/reject/", actions.reject_tag, name="reject-tag"),
    path("feedback/<int:feedback_id>/moderate/", actions.moderate_feedback, name="moderate-feedback"),
    path("feedback/<int:feedback_id>/erase-customer/", actions.erase_customer, name="erase-customer"),
    path("forms/", public_forms.form_list, name="form-list"),
    path("forms/new/", public_forms.create_public_form, name="create-form"),
    path("forms/<int:form_id>/state/", public_forms.open_or_close_form, name="open-or-close-form"),
    path("products/", products.product_list, name="product-list"),
    path("products/new/", products.create_product, name="create-product"),
    path("products/<int:product_id>/", products.product, name="product"),
]
