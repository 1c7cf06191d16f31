"""What every room shares: the settings, the database connections, dbt and the audit log. Imports no other room."""
