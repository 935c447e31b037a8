"""Cycles, exposure, observers, and whom nobody has listened to."""
