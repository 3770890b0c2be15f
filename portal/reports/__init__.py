"""Reports: what the rooms below count, joined on one page, on paper and in a spreadsheet."""
