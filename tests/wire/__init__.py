"""The bot's own process against a Discord that listens on loopback sockets."""
