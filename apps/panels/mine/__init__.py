"""The page of a customer's own, by a link mailed to them: what we know, what they consent to, where they take part."""
