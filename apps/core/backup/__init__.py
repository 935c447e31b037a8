"""Backups: one file that holds the database as of one instant, the uploads and the sums to check them by."""
