"""Figures of each complete day, counted once and kept in ops.day_figures: what a new day is compared with."""
