"""What the generated shop is made of: its catalogue, customers, prices, seasons and what happens to its orders."""
