"""What keeps a running bot in order, and tells how it is."""
