//! The native drivers of Futurescope; they come with the next commits.
