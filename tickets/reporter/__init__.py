"""The reporter's pages: reporting a loss, following the case, answering."""
