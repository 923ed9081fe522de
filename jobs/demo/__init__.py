"""The demo: invented partners with a year of charges, and the processes that serve them."""
