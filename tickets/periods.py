"""How long the desk waits for whom, in working days. All of it in one place."""

from __future__ import annotations

from datetime import timedelta

DECIDE_WITHIN = 3  # an approval that is asked for and not decided goes back to the analyst
EXECUTE_WITHIN = 1  # an approval that is not carried out is void: the data move on meanwhile
REMIND_REPORTER_AFTER = 3  # silence of a reporter whose turn it is
LAPSE_AFTER = 6  # the case closes by itself, three days after the reminder
ABANDON_AFTER = 10  # no answer to a question (LAPOR!: ten working days)
CONFIRM_WITHIN = 5  # an address that nobody confirms
REOPEN_WITHIN = 10  # the reporter may open a finished case again
WITHDRAW_NOTE_WITHIN = timedelta(minutes=10)  # Zammad's, and long enough to see a slip
NEAR_SHARE = 0.75  # of a target, after which its handlers are reminded
DRAFT_KEPT = timedelta(days=30)
