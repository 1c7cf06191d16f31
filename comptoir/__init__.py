"""What every room shares: the settings, the database connections and the command line."""
