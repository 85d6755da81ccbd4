"""The bot's own process against a fake Discord on loopback sockets."""
