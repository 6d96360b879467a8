"""A strict stand-in for Amazon Redshift's SQL endpoint, with PostgreSQL 18 as its storage engine."""
