"""The ``dream`` command, which dreams picture files without Discord."""
