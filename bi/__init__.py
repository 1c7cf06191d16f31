"""What the BI team opens: the metrics' definitions, the dashboard and the Tableau files."""
