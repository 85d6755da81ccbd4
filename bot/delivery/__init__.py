"""Sends answers: cards, and the routes over which they reach their owners."""
