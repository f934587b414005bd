"""The commands of `python -m textlab`. Each module holds those of one topic; textlab/__main__.py joins them.

console           what all commands share: options, and errors without a traceback
promotion         promote, rollback
feedback          feedback
prediction        predict
reproduction      reproduce
scores            scores
monitoring        monitor
retraining        retrain
indexing          index add, index remove, index info, index upload
forgetting        forget
"""
