"""Whether a vertebral fracture is benign or malignant, from six sagittal pictures."""
