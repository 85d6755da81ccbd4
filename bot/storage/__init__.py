"""Storage: the database, the pictures, and the other contents of the data directory."""
