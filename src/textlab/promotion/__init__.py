"""From a finished run to the model that is served.

candidate   a run's bundle, checked before anything is written
catalog     models/catalog.json: the champion of each name, and the champions before it
champion    promote a run's model, and roll back
scoring     texts and files, scored by a promoted model
"""
