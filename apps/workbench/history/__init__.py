"""Who changed what of configuration and state: the page, its reads and its words."""
