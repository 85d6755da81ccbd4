"""Answers on their way out: cards, and the routes over which they reach people."""
