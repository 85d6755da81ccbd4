"""Submission: a request is checked, priced, fetched and queued."""
