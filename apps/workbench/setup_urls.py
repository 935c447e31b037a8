"""URLs of what staff set up: products, segments, organisations, customers, who reads feedback; and their history."""

from django.urls import path

from apps.workbench.directory import customer_import, customers, organisations, products, same_person, segments
from apps.workbench.history import audit
from apps.workbench.room import visibility

urlpatterns = [
    path("audit/", audit.audit, name="audit"),
    path("audit/export.csv", audit.export_audit, name="export-audit"),
    path("products/", products.product_list, name="product-list"),
    path("products/new/", products.create_product, name="create-product"),
    path("products/<int:product_id>/", products.product, name="product"),
    path("products/<int:product_id>/edit/", products.edit_product, name="edit-product"),
    path("products/<int:product_id>/archive/", products.archive_product, name="archive-product"),
    path("products/<int:product_id>/delete/", products.remove_product, name="delete-product"),
    path("products/<int:product_id>/versions/<int:version_id>/", products.edit_version, name="edit-version"),
    path("segments/", segments.segment_list, name="segment-list"),
    path("segments/new/", segments.new_segment, name="create-segment"),
    path("segments/<int:segment_id>/", segments.segment, name="segment"),
    path("segments/<int:segment_id>/delete/", segments.remove_segment, name="delete-segment"),
    path("organisations/", organisations.organisation_list, name="organisation-list"),
    path("organisations/new/", organisations.new_organisation, name="create-organisation"),
    path("organisations/<int:organisation_id>/", organisations.organisation, name="organisation"),
    path("organisations/<int:organisation_id>/merge/", organisations.merge_organisation, name="merge-organisation"),
    path("organisations/<int:organisation_id>/delete/", organisations.remove_organisation, name="delete-organisation"),
    path("customers/", customers.customer_list, name="customer-list"),
    path("customers/import/", customer_import.import_customers, name="import-customers"),
    path("customers/<int:customer_id>/", customers.customer, name="customer"),
    path("customers/<int:customer_id>/edit/", customers.edit_customer, name="edit-customer"),
    path("customers/<int:customer_id>/uses/", customers.change_uses, name="change-customer-uses"),
    path("customers/<int:customer_id>/merge/", same_person.merge, name="merge-customer"),
    path("customers/<int:customer_id>/merges/<int:merge_id>/undo/", same_person.undo, name="undo-merge"),
    path("customers/<int:customer_id>/verify/", customers.verify_customer, name="verify-customer"),
    path("customers/<int:customer_id>/erase/", customers.erase_customer_record, name="erase-customer-record"),
    path("feedback/<int:feedback_id>/visibility/", visibility.set_visibility, name="set-visibility"),
]
