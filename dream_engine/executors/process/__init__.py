"""A child process that exchanges messages with its parent through two pipes."""
