"""A trained model as a folder that TensorFlow alone can serve.

bundle         write a bundle, and load it
saved_model    the program inside a bundle, called with columns of strings
parity         proof that an export answers like the trained model
measuring      latency, throughput and size
reference      a description of the training data, for comparison with later data
answers        a bundle's answers to many examples, in batches, kept by content
trial          a bundle's answers and memory, measured in a separate process
"""
