"""The store of reader studies: tables, migrations, and what is written so that no read is lost."""
