"""Executors run dreams, on this machine or on a Ray cluster."""
