"""The parts that all executors with warm workers share: slots, their queue, scaling, messages and retries.

It does not know where workers run: the packages beside it do.
"""
