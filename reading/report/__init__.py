"""The report of a comparison: a page and a PDF, its tables and its plots."""
