"""How dreaming on a cluster scales, measured with stand-ins for dreams on one machine that plays many."""
