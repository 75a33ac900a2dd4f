"""Speed goals: ours beside another way to the same answer, in one run; one file a goal."""
