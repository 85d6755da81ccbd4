"""Merged branches compared with separate ones."""

import numpy as np
import pytest

from dream_engine.compute.folding import FrozenConvolution, cut_and_fold
from dream_engine.compute.merging import MergedBranches, merge_branches
from dream_engine.runtime import keras, tf
from tests.dream_engine.compute.test_folding import loss_and_gradient, picture, trained


def layers_of(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


@pytest.mark.parametrize(("precision", "exactness"), [("float32", 1e-5), ("bfloat16", 0.01)])
@pytest.mark.parametrize("size", [(107, 130), (128, 96)])
def test_merging_changes_neither_losses_nor_gradient_of_inception(precision, exactness, size):
    layers = {"mixed2": "mixed2", "mixed4": "mixed4", "mixed5": "mixed5"}
    separate = cut_and_fold(trained("inception_v3"), layers, precision)
    merged = merge_branches(separate, layers)
    image = picture(*size)
    expected_losses, expected = loss_and_gradient(separate, image)
    losses, gradient = loss_and_gradient(merged, image)
    np.testing.assert_allclose(losses, expected_losses, rtol=exactness)
    cosine = np.vdot(gradient, expected) / (np.linalg.norm(gradient) * np.linalg.norm(expected))
    assert cosine > 1 - 10 * exactness


def test_every_block_of_inception_reads_its_input_twice():
    layers = {"deep": "mixed7"}
    merged = merge_branches(cut_and_fold(trained("inception_v3"), layers), layers)
    assert len(layers_of(merged, MergedBranches)) == 7  # mixed3 has no branches to merge
    assert not layers_of(merged, keras.layers.AveragePooling2D)


def test_networks_of_one_model_share_merged_weights():
    layers, store = {"deep": "mixed0"}, {}
    networks = [cut_and_fold(trained("inception_v3"), layers, store=store) for _ in range(2)]
    before = len(store)
    for network in networks:
        merge_branches(network, layers, store)
    assert len(store) == before + 1


@pytest.mark.parametrize("name", ["efficientnet_lite0", "mobilenet_v2", "resnet50_v2", "vgg16"])
def test_a_network_without_branches_stays_as_it_is(name):
    model = trained(name)
    layers = {"deep": model.layers[-6].name}
    network = cut_and_fold(model, layers)
    assert merge_branches(network, layers) is network


class TestBranches:
    """Two pointwise convolutions of one activation, and what keeps them apart."""

    @staticmethod
    def merged(*, kernel=1, strides=1, activation="relu", averaged=False, layers=("sum",)):
        image = keras.Input((None, None, 6))

        def branch(number, x):
            x = keras.layers.Conv2D(4, kernel, strides, padding="same", name=f"convolution{number}")(x)
            return keras.layers.Activation(activation, name=f"activation{number}")(x)

        second = keras.layers.AveragePooling2D(3, 1, "same", name="average")(image) if averaged else image
        outputs = keras.layers.Add(name="sum")([branch(1, image), branch(2, second)])
        keras.utils.set_random_seed(1)
        model = keras.Model(image, outputs)
        names = {name: name for name in layers}
        separate = cut_and_fold(model, names)
        return separate, merge_branches(separate, names)

    @pytest.mark.parametrize("averaged", [False, True])
    @pytest.mark.parametrize("size", [(1, 1), (2, 5), (7, 8)])
    def test_compute_the_same_merged(self, averaged, size):
        separate, merged = self.merged(averaged=averaged)
        assert layers_of(merged, MergedBranches)
        assert not layers_of(merged, FrozenConvolution)
        values = tf.constant(np.random.default_rng(1).normal(0, 1, (1, *size, 6)).astype(np.float32))
        found = []
        for network in (separate, merged):
            with tf.GradientTape() as tape:
                tape.watch(values)
                activation = network(values)["sum"]
                loss = tf.reduce_sum(tf.sin(activation))
            found.append((activation.numpy(), tape.gradient(loss, values).numpy()))
        for one, other in zip(*found, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)

    @pytest.mark.parametrize(
        "form",
        [
            {"kernel": 3},
            {"strides": 2},
            {"activation": "elu"},
            {"layers": ("sum", "convolution1")},
            {"layers": ("sum", "average"), "averaged": True},
        ],
        ids=str,
    )
    def test_stay_separate_otherwise(self, form):
        separate, merged = self.merged(**form)
        assert merged is separate

    def test_are_merged_if_an_activation_is_an_output(self):
        _, merged = self.merged(layers=("sum", "activation1"))
        values = tf.ones((1, 2, 2, 6))
        assert merged(values)["activation1"].shape == (1, 2, 2, 4)
