"""Open reading: the AI reads an upload beside all studies, for who sent it alone, and they correct it."""
