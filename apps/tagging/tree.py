"""The taxonomy as people read it: every tag in tree order with its path."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.tagging.models import Tag

SEPARATOR = " \u203a "  # a single right angle quotation mark


@dataclass(frozen=True)
class TagNode:
    """A tag where it hangs. ``path`` ends in its own name; ``below`` are the ids of all its descendants."""

    tag: Tag
    depth: int
    path: str
    ancestors: tuple[Tag, ...]
    below: list[int] = field(default_factory=list)

    @property
    def parent_path(self) -> str:
        return SEPARATOR.join(ancestor.name for ancestor in self.ancestors)


def taxonomy() -> list[TagNode]:
    """Return every tag, parents before children, siblings by name. One query."""
    return arrange(Tag.objects.select_related("team", "effective_team").order_by("name", "id"))


def arrange(tags: Iterable[Tag]) -> list[TagNode]:
    """Return ``tags`` in tree order, siblings as given; a tag whose parent is missing stands at the root."""
    by_id = {tag.pk: tag for tag in tags}
    children: dict[int | None, list[Tag]] = {}
    for tag in by_id.values():
        children.setdefault(tag.parent_id if tag.parent_id in by_id else None, []).append(tag)
    nodes: list[TagNode] = []
    trail: list[tuple[Tag, tuple[TagNode, ...]]] = [(tag, ()) for tag in reversed(children.get(None, []))]
    while trail:
        tag, above = trail.pop()
        names = [*(node.tag.name for node in above), tag.name]
        node = TagNode(tag, len(above), SEPARATOR.join(names), tuple(ancestor.tag for ancestor in above))
        for ancestor in above:
            ancestor.below.append(tag.pk)
        nodes.append(node)
        trail.extend((child, (*above, node)) for child in reversed(children.get(tag.pk, [])))
    return nodes


def branch_ids(slugs: Iterable[str]) -> dict[str, list[int]]:
    """Return for each of ``slugs`` that exists its id, then those of all tags below it. One query, no models."""
    rows = list(Tag.objects.values_list("pk", "slug", "parent_id"))
    children: dict[int | None, list[int]] = {}
    for pk, _slug, parent_id in rows:
        children.setdefault(parent_id, []).append(pk)
    return {slug: _branch(pk, children) for pk, slug, _parent_id in rows if slug in set(slugs)}


def _branch(root: int, children: dict[int | None, list[int]]) -> list[int]:
    found = [root]
    for pk in found:  # it grows while it is walked; a tree has no cycle
        found.extend(children.get(pk, []))
    return found


def find_tag(text: str, nodes: Iterable[TagNode]) -> Tag | None:
    """Return the tag that a person typed: its whole path, or a name that only one tag has."""
    wanted = " ".join(text.split()).casefold()
    named = []
    for node in nodes:
        if wanted == node.path.casefold():
            return node.tag
        if wanted == node.tag.name.casefold():
            named.append(node.tag)
    return named[0] if len(named) == 1 else None
