"""The namespace ``tagging``: the tree with its counts (above tagging), and tagging's own pages."""

from django.urls import path

from apps.tagging.urls import urlpatterns as tagging_patterns
from apps.workbench import tag_tree

app_name = "tagging"
urlpatterns = [path("", tag_tree.tag_tree, name="tag-tree"), *tagging_patterns]
