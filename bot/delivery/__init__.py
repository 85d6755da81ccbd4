"""Replies: cards, and the ways in which they reach people."""
