"""The local executor: one warm worker process for each device of this machine."""

from dream_engine.executors.local.executor import LocalExecutor

__all__ = ["LocalExecutor"]
