"""The import page: from an uploaded file to feedback, and back. Who may import, and only their own imports."""
