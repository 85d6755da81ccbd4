"""Measures how dreaming on a cluster scales, with sleeping actors on one machine that acts as many."""
