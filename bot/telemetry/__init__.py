"""Telemetry: the log and the metrics."""
