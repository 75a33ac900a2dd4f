"""Public datasets and other box formats as cohorts: one file a layout, one way to write them."""
