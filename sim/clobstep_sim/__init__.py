"""The simulator: imports clobstep, never the reverse. Today it holds the auditor."""
