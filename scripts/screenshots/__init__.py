"""Photographs the bot's cards in every language: ``make screenshots``."""
