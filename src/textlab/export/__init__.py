"""A trained model as a folder that TensorFlow alone can serve."""
