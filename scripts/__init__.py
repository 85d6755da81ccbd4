"""Scripts that write the pictures and tables of the docs."""
