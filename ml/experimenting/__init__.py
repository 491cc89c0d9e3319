"""What `ml/experiment.py` is made of: any randomised test as a frame, from its check to the page about it."""
