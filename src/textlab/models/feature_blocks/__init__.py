"""Features of several inputs side by side, in blocks, and linear heads on them that can do without an input.

block        the promises of a block
words        tf-idf of a text's n-grams
sentences    the vector of a text from a pretrained encoder
pictures     the features of a picture from a pretrained network
heads        a linear head for each set of inputs that an example may have
model        blocks and heads together: fit, predict, save, export
"""
