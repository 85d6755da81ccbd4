"""Fake Discord servers and simulations for tests, benchmarks, the demo and the sandbox."""
