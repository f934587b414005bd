"""Promotion: a finished run's model becomes the model that serves.

candidate   a run's bundle, checked before anything is written
catalog     models/catalog.json: the champion of each name, and the champions before it
champion    promote a run's model, and roll back
service     switch a running service to a promoted model
scoring     score texts and files with a promoted model
"""
