"""What all kinds of trained models share: opened graphs, training patients, gray values, start weights."""
