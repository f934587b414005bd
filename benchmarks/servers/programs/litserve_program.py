"""LitServe on a SavedModel: litserve_program.py BUNDLE PORT BATCH BATCH_SECONDS API_SERVERS

It runs in an environment of its own, with LitServe and TensorFlow.
"""

import json
import sys
from pathlib import Path

import litserve


class Served(litserve.LitAPI):
    bundle: Path

    def setup(self, device):
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        self.tensor = tf.constant
        self.loaded = tf.saved_model.load(str(self.bundle))
        self.signature = self.loaded.signatures["serving_default"]
        self.labels = json.loads((self.bundle / "assets.extra" / "labels.json").read_text())

    def decode_request(self, request):
        return request["text"]

    def batch(self, texts):
        return texts

    def predict(self, texts):
        return self.signature(text=self.tensor(texts))["probabilities"].numpy()

    def unbatch(self, probabilities):
        return list(probabilities)

    def encode_response(self, row):
        return {
            "label": self.labels[int(row.argmax())],
            "probabilities": dict(zip(self.labels, row.tolist(), strict=True)),
        }


if __name__ == "__main__":
    bundle, port, batch, batch_seconds, api_servers = sys.argv[1:]
    served = Served(max_batch_size=int(batch), batch_timeout=float(batch_seconds))
    served.bundle = Path(bundle)
    server = litserve.LitServer(served, accelerator="cpu", fast_queue=True)
    server.run(
        host="127.0.0.1",
        port=int(port),
        num_api_servers=int(api_servers),
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
