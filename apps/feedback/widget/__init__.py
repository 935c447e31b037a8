"""The widget: a script for other people's pages, what it asks of the platform, and where staff set it up."""
