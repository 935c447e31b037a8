"""What members read before: the writer of a panel's ``Material``."""

from apps.panels.models import Material, Panel


def add_material(*, panel: Panel, title: str, url: str = "", text: str = "") -> Material:
    return Material.objects.create(panel=panel, title=title, url=url, text=text)


def remove_material(*, material: Material) -> None:
    """Take it away. Again does nothing."""
    Material.objects.filter(pk=material.pk).delete()
