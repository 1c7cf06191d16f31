"""Each module looks at one part of the platform and returns the conditions it finds there."""
