"""Jobs: what a request is from its acceptance to its answer."""
