"""The files of a bundle that the laboratory, the service and MLflow all read.

Importing the package needs the standard library only.

documents      JSON files in assets.extra, and the error for a bundle that cannot be used
labels         labels.json: the classes, in the order of the probabilities
manifest       manifest.json: the sha256 of every other file
signature      signature.json: the task, the inputs and the outputs
mlflow_model   loads a bundle in MLflow; needs TensorFlow and pandas when it is used
"""
