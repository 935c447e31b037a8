"""The action tracker: what was promised after customers said something."""
