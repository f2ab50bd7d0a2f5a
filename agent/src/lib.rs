//! The director's program: makes the machine match the desired state and reports.
