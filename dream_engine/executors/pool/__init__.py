"""What every executor that keeps warm workers has in common: places, a line, and a second try.

What a worker is, and where it runs, is the business of others.
"""
