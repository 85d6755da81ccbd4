"""Moving pictures: reads and writes their frames, and has an executor dream them chunk by chunk."""
