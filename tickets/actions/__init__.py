"""What may be done to a case: one named function per move of the table.

Each takes the ticket as its caller read it and an Act (who, when, on what sight, in what words),
and is one transaction: permission, compare-and-swap, its rows, timeline, notices, audit event.
Each raises one of tickets.errors and then has changed nothing.
"""
