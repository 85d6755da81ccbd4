"""Connects this process to a Ray cluster."""

import asyncio
import logging

import ray

from dream_engine.executors.base import ExecutorError
from dream_engine.executors.ray.addresses import ANY, CLIENT
from dream_engine.executors.ray.error_text import sentence


async def join(address: str) -> None:
    """Join a cluster, until :func:`ray.shutdown`.

    Args:
        address: The cluster's address, as Ray writes it.

    Raises:
        ExecutorError: No cluster answers, its version of Ray or Python differs, or it refuses this process.
    """
    # Ray logs only errors here, and none of the output of other processes in the cluster.
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    logging.getLogger("ray").setLevel(logging.ERROR)
    if not address.startswith(CLIENT):
        quiet["configure_logging"] = False
    try:
        await asyncio.to_thread(ray.init, address, namespace="dream", **quiet)
    except (ConnectionError, OSError) as error:
        hint = "" if address == ANY else "; is a head there, and is RAY_AUTH_TOKEN its token?"
        raise ExecutorError(f"No Ray cluster answers at {address}: {sentence(error)}{hint}") from error
    except Exception as error:  # of many types: a version mismatch, a wrong token, an invalid address
        raise ExecutorError(
            f"The Ray cluster at {address} cannot be joined: {' '.join(str(error).split())}"
        ) from error
