"""Where the performance figures of the README and the docs come from."""
