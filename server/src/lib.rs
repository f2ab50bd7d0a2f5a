//! The console: pages' handlers, sessions, store, the agents' listener.
