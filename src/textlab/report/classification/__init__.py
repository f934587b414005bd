"""The report on classifiers.

findings   class shares, floors, calibration and behavioural tests
grid_data  the dataset and its audit
behaviour  exported models on the behavioural tests
doubts     concerns that follow from the predictions
sections/  the parts of the page, as notebook 80_compare shows them
"""
