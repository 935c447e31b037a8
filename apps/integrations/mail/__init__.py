"""Mail in: fetched or posted to us, kept as it came, then read and captured. The web only keeps; workers read."""
