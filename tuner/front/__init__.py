"""The dashboard's front: what a browser is shown of the studies, and who may see and steer them."""
