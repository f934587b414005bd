"""The grammar that writes the tweets of `air_paradis`: words, sentences, composition and surface."""
