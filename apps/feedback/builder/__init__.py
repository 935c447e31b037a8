"""The form builder: pages on which staff change, translate, publish, share and set up a public form."""
