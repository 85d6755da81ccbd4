"""The real bot in a simulated Discord, without a token or network, for the demo and for trying it out."""
