"""Ways to run a trained network, behind one interface; `registry` lists them, `choice` finds the fastest."""
