"""Mutation testing: break the deciding modules in small ways, and count which breaks their tests notice."""
