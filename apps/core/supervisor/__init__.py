"""The process supervisor behind ``manage.py up``: web, dispatcher, worker, beat beside the services."""
