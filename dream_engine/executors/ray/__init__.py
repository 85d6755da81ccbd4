"""The Ray executor: workers on the machines of a Ray cluster."""

from dream_engine.executors.ray.executor import RayExecutor

__all__ = ["RayExecutor"]
