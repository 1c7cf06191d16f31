"""Recommendations as pure functions of events: counts, candidates, scores, lists, the model and its evaluation."""
