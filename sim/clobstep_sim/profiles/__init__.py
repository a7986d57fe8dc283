"""Profiles of faults, as TOML. `clobstep_sim.fuzz.profile` reads them."""
