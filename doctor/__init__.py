"""`comptoir doctor`: what is missing or wrong with an installation, in sentences, and what to do."""
