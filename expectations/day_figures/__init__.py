"""What each complete day was like, counted once and kept in ops.day_figures: what a new day is compared with."""
