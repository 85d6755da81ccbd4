"""The modules that decide, and the tests that have to notice when one of them is broken."""

from collections.abc import Mapping, Sequence

TARGETS: Mapping[str, Sequence[str]] = {
    "bot/admission.py": ("tests/bot/test_admission.py",),
    "bot/channel_lookup.py": ("tests/bot/test_channel_lookup.py",),
    "bot/file_kinds.py": ("tests/bot/test_file_kinds.py",),
    "bot/database.py": ("tests/bot/test_database.py", "tests/bot/test_migrations.py"),
    "bot/eviction.py": ("tests/bot/test_eviction.py",),
    "bot/intake.py": ("tests/bot/test_intake.py",),
    "bot/jobs/buckets.py": ("tests/bot/jobs/test_store.py",),
    "bot/jobs/endings.py": (
        "tests/bot/jobs",
        "tests/bot/replies/test_delivery.py",
        "tests/bot/test_removal.py",
        "tests/bot/test_storage.py",
    ),
    "bot/jobs/queue.py": ("tests/bot/jobs/test_queue.py",),
    "bot/jobs/store.py": ("tests/bot/jobs/test_store.py",),
    "bot/message_pictures.py": ("tests/bot/test_message_pictures.py",),
    "bot/picture_files.py": ("tests/bot/test_pictures.py",),
    "bot/pictures.py": ("tests/bot/test_pictures.py",),
    "bot/reconciliation.py": ("tests/bot/test_reconciliation.py",),
    "bot/removal.py": ("tests/bot/test_removal.py",),
    "bot/replies/bounds.py": ("tests/bot/replies/test_bounds.py",),
    "bot/replies/delivery.py": ("tests/bot/replies",),
    "bot/servers.py": ("tests/bot/test_servers.py", "tests/bot/test_damaged_store.py"),
    "bot/storage.py": ("tests/bot/test_storage.py",),
    "dream_engine/images/decoding.py": ("tests/dream_engine/test_images.py",),
    "dream_engine/images/recognition.py": ("tests/dream_engine/test_images.py",),
    "dream_engine/memory.py": ("tests/dream_engine/test_memory.py",),
    "dream_engine/objectives.py": ("tests/dream_engine/test_objectives.py",),
    "dream_engine/octaves.py": ("tests/dream_engine/test_octaves.py",),
    "dream_engine/pool/staff.py": ("tests/dream_engine/pool/test_staff.py",),
    "dream_engine/pool/start_failures.py": ("tests/dream_engine/pool/test_start_failures.py",),
    "dream_engine/recently_used.py": ("tests/dream_engine/test_recently_used.py",),
    "dream_engine/tiles.py": ("tests/dream_engine/test_tiles.py",),
}
"""Paths of modules, and of files and folders of tests, relative to the repository."""
