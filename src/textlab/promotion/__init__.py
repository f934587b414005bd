"""From a finished run to the model that is served: who is best, is it sound, and which number is it under.

champion       the run that validation chooses; ties within noise go to the faster model
candidate      a run's bundle, checked before anything is written
catalog        models/catalog.json: which number of each name is the champion
promotion      promote and roll back
scoring        texts and files through a promoted model
"""
