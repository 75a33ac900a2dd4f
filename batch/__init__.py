"""Many studies read into one folder: here or on a Ray cluster, and never twice."""
