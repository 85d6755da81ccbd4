"""The ``dream`` command: pictures in, dreams out, on this machine and without Discord."""
