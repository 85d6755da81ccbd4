"""Stand-ins for Discord, for tests, benchmarks, the demo and the sandbox."""
