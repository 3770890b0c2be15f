"""Quality records: what they say, their paper, their seal, and whether a paper is genuine."""
