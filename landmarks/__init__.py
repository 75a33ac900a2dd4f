"""Points on pictures, to a part of a pixel and with their uncertainty: one network, its model folder."""
