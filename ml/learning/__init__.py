"""How models are learned: what is asked, of which rows, split by time, judged, calibrated and kept."""
