"""Files that came with feedback: what is taken, how it is made harmless, where it lies, how it is given out again."""
