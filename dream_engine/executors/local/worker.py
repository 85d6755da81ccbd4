"""A worker on this machine, as its executor sees it."""

from dream_engine.executors.local.devices import environment_for
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.process.client import ProcessClient


class LocalWorker(ProcessClient):
    """A process on this machine that computes on one device.

    Args:
        device: The device, as :func:`~dream_engine.executors.local.devices.find_devices` names it.
        plan: How the process sets itself up.
    """

    def __init__(self, device: str, plan: WorkerPlan) -> None:
        super().__init__(
            "dream_engine.executors.local.worker_process", plan, environment=environment_for(device)
        )
