//! The settlement table; whole replicas are tested in the simulator.
