"""Research sessions from the first plan to the calendar: polls, invitations, capacity, incentives."""
