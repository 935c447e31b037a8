"""The taxonomy as people read it."""

import pytest

from apps.tagging.models import Tag
from apps.tagging.tree import arrange, branch_ids, find_tag, taxonomy
from tests.factories import TagFactory

NARROW = "\u203a"


def paths(nodes) -> list[str]:
    return [node.path.replace(NARROW, ">") for node in nodes]


@pytest.mark.django_db
def test_parents_come_before_children_and_siblings_by_name(django_assert_num_queries):
    zoo = TagFactory(name="Zoo")
    TagFactory(name="Bear", parent=zoo)
    TagFactory(name="Ape", parent=zoo)
    TagFactory(name="Attic")

    with django_assert_num_queries(1):
        nodes = taxonomy()

    assert paths(nodes) == ["Attic", "Zoo", "Zoo > Ape", "Zoo > Bear"]
    assert [len(node.below) for node in nodes] == [0, 2, 0, 0]


def chain(length: int) -> list[Tag]:
    return [Tag(pk=n, name=f"T{n}", slug=f"t{n}", parent_id=n - 1 or None) for n in range(1, length + 1)]


def test_a_very_deep_tree_is_arranged_too():
    nodes = arrange(chain(2000))

    assert (nodes[-1].depth, len(nodes[0].below)) == (1999, 1999)


def test_a_tag_without_its_parent_stands_at_the_root():
    assert paths(arrange(chain(3)[1:])) == ["T2", "T2 > T3"]


@pytest.mark.parametrize(
    ("text", "slug"),
    [("t1", "t1"), (f" T1  {NARROW} t2 ", "t2"), ("T3", "t3"), ("Twin", None), ("", None), ("T", None)],
)
def test_a_tag_is_found_by_path_or_unmistakable_name(text, slug):
    twins = [Tag(pk=n, name="Twin", slug=f"twin{n}", parent_id=n - 9) for n in (10, 11)]

    found = find_tag(text, arrange([*chain(3), *twins]))

    assert (found and found.slug) == slug


@pytest.mark.django_db
def test_a_branch_is_a_tag_and_all_below_it(django_assert_num_queries):
    root = TagFactory(name="Root")
    child = TagFactory(name="Child", parent=root)
    leaf, other = TagFactory(name="Leaf", parent=child), TagFactory(name="Other")

    with django_assert_num_queries(1):
        branches = branch_ids(["root", "other", "nowhere"])

    assert branches == {"root": [root.pk, child.pk, leaf.pk], "other": [other.pk]}
