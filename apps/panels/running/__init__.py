"""While a session runs: notes by several at once, tasks with times, problems, scores."""
