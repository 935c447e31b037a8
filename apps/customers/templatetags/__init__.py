"""What templates ask of customers."""
