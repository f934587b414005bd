"""What a retriever's rankings show: metrics, intervals and paired tests, floors, kinds of request, and differences.

Everything here reads the frame that `predictions` describes.
"""
