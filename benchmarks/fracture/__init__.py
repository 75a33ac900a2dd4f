"""The benchmark of the fracture system: folds by patient, tests per feature, readers beside the model."""
