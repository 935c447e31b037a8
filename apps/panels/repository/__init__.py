"""The research repository: findings with their evidence."""
