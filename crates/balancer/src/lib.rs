//! The embedded data plane: virtual services in user space.
