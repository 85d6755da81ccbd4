"""Prepares the networks of the peers: ``python -m benchmarks.prepare FOLDER REPORT``.

It writes the weights of an InceptionV3 for TensorFlow and the folded weights of both networks for PyTorch. It
reports their paths and the FLOP of a step at every octave.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.jobs import JOBS, LARGE, Job
from benchmarks.matrix_product import step_flop
from dream_engine import backbones
from dream_engine.compute.folding import FrozenConvolution, cut_and_fold
from dream_engine.runtime import keras
from dream_engine.shapes import octave_shapes


def main() -> None:
    """Prepare the networks of all jobs."""
    folder, report = (Path(word) for word in sys.argv[1:])
    weights = folder / "inception.weights.h5"
    # Seeded random weights are as fast as trained ones, and need no download.
    keras.utils.set_random_seed(7)
    backbones.get("inception_v3").build().save_weights(weights)
    report_data: dict[str, Any] = {"inception_weights": str(weights)}
    for name, job in JOBS.items():
        keras.backend.clear_session()  # restarts the numbering of layers
        model = backbones.get(job.backbone).load(weights if job.backbone == "inception_v3" else None)
        report_data[name] = _prepare(model, job, folder / f"{name}.npz")
    report_data["large"] = _prepare(model, LARGE, folder / "large.npz")
    report.write_text(json.dumps(report_data))


def _prepare(model: keras.Model, job: Job, archive: Path) -> dict[str, Any]:
    network = folded_network(model, job)
    settings = job.settings()
    shapes = octave_shapes(job.shape, settings.octaves, settings.octave_scale)
    arrays: dict[str, Any] = _arrays(network)
    np.savez(archive, **arrays)
    flop = {f"{width} × {height}": step_flop(network, height, width) for height, width in shapes}
    return {"weights": str(archive), "flop": flop}


def folded_network(model: keras.Model, job: Job) -> keras.Model:
    """The part of a job's network that its layers need, folded, in float32."""
    backbone = backbones.get(job.backbone)
    names = {name: backbone.layer(name).keras_name for name in job.settings().layer_weights}
    return cut_and_fold(model, names, "float32")


def _arrays(network: keras.Model) -> dict[str, np.ndarray]:
    arrays = {}
    for layer in network.layers:
        if isinstance(layer, FrozenConvolution):
            weights = layer.folded_weights
            arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"] = weights.kernel, weights.bias
    return arrays


if __name__ == "__main__":
    main()
