"""Rules and rows of the permission matrix, a module for each room. Rows are made in this order."""

from tests.permission_rooms import afterwards, consents, members, people, planning, rhythm, running, workshops
from tests.permission_rule import Rule

ROOMS = (people, consents, members, planning, running, afterwards, workshops, rhythm)
ROOM_RULES: dict[str, Rule] = {route: rule for room in ROOMS for route, rule in room.RULES.items()}
ROOM_SECRETS: dict[str, set[str]] = {word: actors for room in ROOMS for word, actors in room.SECRETS.items()}
