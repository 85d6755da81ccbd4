"""The real bot in a simulated Discord: no token, no network; for the demo and for trying things out."""
