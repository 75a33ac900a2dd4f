"""The names of what a comparison leaves behind."""

TABLES_FOLDER, PLOTS_FOLDER, PAGE, PAPER = "tables", "plots", "report.html", "report.pdf"
