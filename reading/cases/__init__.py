"""The cases of reader studies: where they come from, whether they may be read, and their pictures."""
