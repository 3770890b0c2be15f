"""Figures, as ratios in one run: `make bench`. Never a test: no assertion is made of time."""
