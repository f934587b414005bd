"""The recommended model, and the reasons in sentences.

champion     the best model on validation, or a faster one that ties with it
pareto       models that no other model beats in both score and cost
floors       a model beside answers that ignore the example
refusal      why no model can be recommended
score_fall   scores that fall from validation to test
sufficiency  whether the test split ranks models, and single seeds
conclusion   the recommendation, the runner-up, the other models, and the power of the test set
wording      p values, differences and speeds in words
"""
