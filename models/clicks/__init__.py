"""How many clicks a video costs: the protocol VNoC-1, click budgets and NoC (see ``docs/clicks.md``)."""
