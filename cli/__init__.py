"""The command line `comptoir`: one file a group. Commands import what they call when they are called."""
