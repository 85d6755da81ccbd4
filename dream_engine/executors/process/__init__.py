"""A child process that is spoken to through two pipes."""
