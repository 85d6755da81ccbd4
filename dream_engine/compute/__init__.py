"""The computation of dreams with TensorFlow."""
