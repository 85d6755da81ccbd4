"""Everything that computes dreams with TensorFlow, and its helpers."""
