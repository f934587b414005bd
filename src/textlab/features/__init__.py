"""Features of texts: tf-idf matrices and word vectors."""
