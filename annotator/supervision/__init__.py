"""One group of processes for one machine: private Redis, web server, workers; started and stopped together."""
