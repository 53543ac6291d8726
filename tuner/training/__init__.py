"""How one model is trained, kept and asked: settings and data in, one epoch at a time out."""
