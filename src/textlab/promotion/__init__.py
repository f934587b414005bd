"""From a finished run to the model that is served: is it sound, and which number is it under.

candidate      a run's bundle, checked before anything is written
catalog        models/catalog.json: which number of each name is the champion
promotion      promote and roll back
scoring        texts and files through a promoted model
"""
