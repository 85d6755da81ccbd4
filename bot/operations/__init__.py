"""Operations: health checks, metrics, housekeeping and the deletion of jobs."""
