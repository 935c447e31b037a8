"""How every Django form looks: templates/components/form.html and _field.html."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """``{{ form }}`` and ``{{ field.as_field_group }}`` are the house's; widgets are Django's."""

    form_template_name = "components/form.html"
    field_template_name = "components/_field.html"
