"""A real Kubernetes with a gateway and Prometheus in one network namespace; see ../README.md."""
