"""Adjudication: from two readers' annotations and a senior's decisions to a consensus."""
