//! The heart of Futurescope; it comes with the next commit.
