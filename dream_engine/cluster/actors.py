"""The cluster as the driver process sees it: one actor in each place, wherever Ray puts it."""

import asyncio

import ray

from dream_engine.cluster.messages import ClusterPlan, Strength
from dream_engine.cluster.ray_worker import RayWorker
from dream_engine.executor import ExecutorError
from dream_engine.pool.executor import PoolExecutor


class Actors(PoolExecutor):
    """Actors with warm networks in a Ray cluster.

    Args:
        plan: Which cluster, and what is asked of it.
    """

    def __init__(self, plan: ClusterPlan) -> None:
        self._address = plan.address
        # TensorFlow would use every core of the machine, also those that were given to others.
        threads = {"TF_NUM_INTRAOP_THREADS": str(max(1, round(plan.cpus)))}
        asked = {"num_cpus": plan.cpus, "num_gpus": plan.gpus, "runtime_env": {"env_vars": threads}}
        super().__init__(
            plan.workers,
            lambda _: RayWorker(plan.worker, asked),
            time_limit=plan.time_limit,
            overtime=plan.overtime,
            start_seconds=plan.start_seconds,
        )

    @property
    def strength(self) -> Strength:
        """Where actors are warm, and how many were lost."""
        workers = [worker for worker in self._workers.values() if isinstance(worker, RayWorker)]
        warm = [worker.whereabouts for worker in workers if worker.alive]
        return Strength(tuple(filter(None, warm)), self.restarts)

    async def start(self) -> None:
        """Join the cluster, and wait until every worker is warm."""
        try:
            await asyncio.to_thread(
                ray.init, self._address, namespace="dream", configure_logging=False, log_to_driver=False
            )
        except (ConnectionError, OSError) as error:
            raise ExecutorError(f"No Ray cluster answers at {self._address}: {error}") from error
        except (RuntimeError, ValueError) as error:  # versions that do not match, an address that is none
            raise ExecutorError(f"The Ray cluster at {self._address} cannot be joined: {error}") from error
        await super().start()

    async def close(self) -> None:
        """End the actors, and leave the cluster."""
        await super().close()
        await asyncio.to_thread(ray.shutdown)
