"""Mutation testing: changes modules in small ways, and counts the changes that their tests notice."""
