"""A trained model as a folder that TensorFlow can serve without other libraries.

bundle                 write a bundle
loading                load a bundle
contents               what a task adds to a bundle, and the checks that only this task can make
classification_bundle  these for classification: classes, and what the model was trained on
retrieval_bundle       these for retrieval: the index, which a notebook builds and searches with the same module
parity                 proof that an export answers like the trained model
measuring              latency, throughput and size
description            a description of the training data for people, without its texts
reference              what the model was trained and validated on, as numbers, for comparison with later data
answers                a bundle's answers to many examples, computed in batches and cached
measured_answers       a bundle's answers and memory, measured in a separate process
session                a SavedModel that is run the way that the service runs it
"""
