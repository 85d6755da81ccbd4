"""Storage: the database, the pictures, and everything else in the data directory."""
