"""The staff's pages of the desk: the queue, the case, the decision. Actions do what they ask."""
