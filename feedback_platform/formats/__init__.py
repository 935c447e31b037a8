"""How dates and numbers are written, by language, where Django's own way is not ours."""
