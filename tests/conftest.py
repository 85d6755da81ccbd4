"""Fixtures that many tests share: small real photographs, and networks that need no download."""

import gc
import io
import os
import socket
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import dream_engine.images  # noqa: F401 - lifts Pillow's own limit, for the whole process
from tests.process_state import changes, kept_state, read_state, restore

EXAMPLES = Path(__file__).parent.parent / "examples"

# Several threads dream small pictures no faster, and spin while they wait for each other: that costs a third
# of the processor time, which other tests need meanwhile. Processes that tests start inherit it.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


def png(pixels: np.ndarray) -> bytes:
    """The content of a PNG file with these pixels."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return buffer.getvalue()


def free_port() -> int:
    """A port that no process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(autouse=True)
def _leaves_the_process_as_it_was() -> Iterator[None]:
    """Fail a test that changes the state of the process and does not restore it.

    It is set up before all other fixtures of a test, so that it also sees their restorations.
    """
    before = read_state()
    yield
    if left := changes(before, read_state()):
        restore(before)
        pytest.fail("The test leaves behind:\n" + "\n".join(left), pytrace=False)


@pytest.fixture
def _process_state_is_put_back() -> Iterator[None]:
    """For tests that change the state of the process on purpose."""
    with kept_state():
        yield


@pytest.fixture(scope="session")
def cat() -> bytes:
    """The photograph of a cat in ``examples/``."""
    return (EXAMPLES / "cat.jpg").read_bytes()


@pytest.fixture(scope="session")
def small_cat(cat) -> bytes:
    """The cat at 120 × 80 pixels, for fast dreams."""
    return png(np.asarray(Image.open(io.BytesIO(cat)).resize((120, 80))))


@pytest.fixture(scope="session")
def inception_weights(tmp_path_factory) -> Path:
    """InceptionV3 with seeded random weights, in a file that Keras wrote."""
    from dream_engine.runtime import keras

    keras.utils.set_random_seed(11)
    path = tmp_path_factory.mktemp("weights") / "inception.weights.h5"
    model = keras.applications.InceptionV3(weights=None, include_top=False)
    random = np.random.default_rng(11)
    # Batch normalisations need an effect, or folding them would test nothing.
    model.set_weights([w + random.uniform(0, 0.5, w.shape) * (w.ndim == 1) for w in model.get_weights()])
    model.save_weights(path)
    return path


@pytest.fixture(scope="session")
def networks_for() -> Callable:
    """Takes the arguments of ``Networks``, and returns networks that the whole process shares.

    They drop no compiled step to release memory, because the process also holds what other tests left behind.
    Networks with weights of their own are not shared.
    """
    from dream_engine.compute.networks import Networks
    from dream_engine.memory import Memory, MemoryUse

    class AmpleMemory(Memory):
        def use(self) -> MemoryUse:
            return MemoryUse(resident=0, bound=2**60)

    kept = {}

    def networks(weights, precision, memory, share):
        if weights:
            return Networks(weights, precision, memory, share)
        if precision not in kept:
            kept[precision] = Networks({}, precision, AmpleMemory())
        return kept[precision]

    return networks


@pytest.fixture
def shared_networks(networks_for, monkeypatch) -> None:
    """Let all Dreamers of a test use the networks that the process shares, and load and trace none again."""
    monkeypatch.setattr("dream_engine.compute.dreamer.Networks", networks_for)


@pytest.fixture(scope="session")
def default_model() -> Any:
    """The trained EfficientNet-Lite0."""
    from dream_engine import backbones

    return backbones.get("efficientnet_lite0").load()


@pytest.fixture
def default_model_stays_loaded(default_model, monkeypatch) -> None:
    """Let all Dreamers of a test take the trained model that the process has; they only read it."""
    backbone = "dream_engine.backbones.efficientnet_lite0.EfficientNetLite0"
    monkeypatch.setattr(f"{backbone}.load_own_weights", lambda _: default_model)


@pytest.fixture(scope="session")
def dreamer(networks_for):
    """A warm Dreamer. It can be shared, because it keeps nothing of a dream."""
    from dream_engine.compute.dreamer import Dreamer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dream_engine.compute.dreamer.Networks", networks_for)
        return Dreamer()


_ALLOCATIONS_BEFORE_COLLECTION = 10_000
"""How many more objects there are before garbage is collected: more than by default."""

_WAITING = ("wire", "soak", "dream_engine/executors")
"""The folders whose tests wait for real processes."""

_COMPUTING = ("dream_engine/compute", "dream_engine/cli", "dream_engine/backbones")
"""The folders whose tests compute the longest."""

_TOGETHER = ("tests/wire/running_bot", "tests/dream_engine/compute", "tests/dream_engine/cli")
"""The folders whose files run in one process and in succession, because they share what is slow to start."""


def _unit(nodeid: str) -> str:
    """The tests that run in one process and in succession: a file, or a folder of ``_TOGETHER``."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in _TOGETHER if file.startswith(f"{folder}/")), file)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the slowest units, and alternate those that wait with those that compute.

    Thus no slow unit runs alone at the end, and processors are busy while tests wait.
    """
    units: dict[str, list[pytest.Item]] = {}
    for item in items:
        units.setdefault(_unit(item.nodeid), []).append(item)

    def inside(folders: tuple[str, ...]) -> list[str]:
        return [unit for folder in folders for unit in units if unit.startswith(f"tests/{folder}/")]

    pairs = zip_longest(inside(_WAITING), inside(_COMPUTING))
    slow = [unit for pair in pairs for unit in pair if unit is not None]
    order = dict.fromkeys([*[folder for folder in _TOGETHER if folder in units], *slow, *units])
    items[:] = [item for unit in order for item in units[unit]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process of pytest-xdist whole units."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class UnitScheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _unit(nodeid)

    return UnitScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect tests without collecting garbage, and exempt them and their modules from it afterwards.

    It would scan them again and again, and they stay until the end. During the tests, it runs less often than
    by default, because it took 7 % of their processor time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS_BEFORE_COLLECTION, *gc.get_threshold()[1:])
        gc.enable()
