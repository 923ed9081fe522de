"""Measuring: what we do against the limit of the database on the same data, in one run.

Nothing in here is part of the product, and no test asserts a time.
"""
