"""What benchmarks and tests share: sample events and shops, processes to start and stop, and (in faults/) to kill."""
