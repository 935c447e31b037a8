"""What becomes of a session: notes promoted to feedback, summary, follow-up."""
