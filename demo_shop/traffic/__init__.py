"""The shop's visitors: who they are, what they do, and how their messages reach the collector, past and present."""
