"""The subcommands of ``discern`` by theme, thin around the rooms."""
