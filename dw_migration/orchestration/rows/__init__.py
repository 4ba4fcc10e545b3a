"""Rows in Dagster: the assets `target_data` and `data_analysis`, the check `rows_match`, job and schedule."""
