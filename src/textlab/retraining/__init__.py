"""A challenger from newer data, and the decision whether it replaces the champion.

campaign       the steps of a retrain, which an interruption cannot spoil
request        what a retrain is asked to do
state          its folder, its state and its lock
rows/          new rows: reading them, checking them, and the snapshot of what passes
snapshot_step  the first step: find the retrain to continue, or begin one
grid           the given grid on the snapshot
challenger     the champion of that grid's report
gate           challenger against champion on the same texts
held_out       whether texts were held out from the training of a model
evidence       the difference on one set of texts, and what the texts can show
slices         falls on slices, classes and behavioural tests
rules          the rules that decide
decision       decision.json, and its place in the record
page           the decision as a page
rollout        promote, switch the service, watch it, roll back
watch          whether errors, rejections or latency have risen
"""
