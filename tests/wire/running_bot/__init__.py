"""Tests of one running bot."""
