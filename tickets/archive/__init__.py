"""The pages of the quality records: drafting, signing, checking, the register."""
