"""The soak test: runs the real bot process under load while faults are injected."""
