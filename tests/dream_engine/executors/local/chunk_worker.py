"""A worker process whose dreamer needs no network."""

from dream_engine.executors.local.worker_process import main
from tests.dream_engine.executors.pool.chunk_dreamer import ChunkDreamer

if __name__ == "__main__":
    main(ChunkDreamer)
