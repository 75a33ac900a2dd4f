"""What all kinds of trained models share: opened graphs, training patients, gray values, start weights."""

import os

# Read as ONNX Runtime is first imported. Without it, it keeps a number for this computer in the home folder
# and tells its maker of every graph that is opened, from C++, where Python cannot refuse it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
