"""The model that `mlflow models serve` serves: a SavedModel with one text input."""

import mlflow
import numpy as np


class Served(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        import tensorflow as tf

        self.loaded = tf.saved_model.load(context.artifacts["bundle"])
        self.signature = self.loaded.signatures["serving_default"]

    def predict(self, context, model_input, params=None):
        import tensorflow as tf

        texts = np.asarray(model_input).reshape(-1).tolist()
        return self.signature(text=tf.constant(texts))["probabilities"].numpy()


mlflow.models.set_model(Served())
