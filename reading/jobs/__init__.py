"""Work beside the server: a table of jobs, and the process that does them."""
