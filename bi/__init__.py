"""For the BI team: the definitions of the metrics, the dashboard, the Tableau files and the data dictionary."""
