"""Dreams on the machines of a Ray cluster."""

from dream_engine.cluster.executor import RayExecutor

__all__ = ["RayExecutor"]
