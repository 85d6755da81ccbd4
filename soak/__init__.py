"""The soak test: the real process under load and under faults."""
