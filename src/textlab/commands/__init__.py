"""The commands of `python -m textlab`. Each module holds those of one topic; textlab/__main__.py joins them
with those of the runner, the record and the datasets.

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
sealing           seal, unseal, rotate
profiles          profiles build, profiles collect
working_folder    init
jupyter           lab
serving           serve, key
"""
