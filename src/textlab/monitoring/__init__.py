"""Recorded traffic of a service, compared with what its model was trained and validated on.

watch            reads, judges and writes: the whole of one look
judging          every test of a look, and the decision; summary says it in sentences
look             the result; page, gauges and telemetry show it
traffic          recorded predictions; judgements holds right labels that people gave since
inputs, outputs  whether texts and predictions have moved
performance      accuracy without labels; label_shift is a part of it
labelled         accuracy where right labels are known
timeline         figures over time; change finds the moment at which they changed
power            which changes a look finds
findings         one test's result; budget and looks keep false alarms below a limit
"""
