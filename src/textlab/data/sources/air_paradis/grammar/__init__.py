"""The grammar that generates the tweets of `air_paradis`: words, sentences, composition and surface."""
