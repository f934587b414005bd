"""The transformer of BERT and of the sentence encoder: checkpoints, word pieces, training and the exported graph."""
