"""The phantom: a 3-D spine in patient millimetres, its diseases and scanners, sampled into images."""
