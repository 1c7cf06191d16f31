"""What is wrong now, and who is told: conditions, alerts kept in Postgres, messages by apprise. Knows no Dagster."""
