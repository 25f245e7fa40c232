"""The service: store, writer, projections, HTTP API, command line and scheduler."""
