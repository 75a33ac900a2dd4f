"""People: accounts, invitations, sessions, roles, and the log of what they did."""
