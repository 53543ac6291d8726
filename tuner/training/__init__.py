"""Training and prediction of one model: settings and data go in, one epoch at a time comes out."""
