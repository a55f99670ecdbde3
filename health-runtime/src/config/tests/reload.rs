//! A configuration that changes while the service runs.
