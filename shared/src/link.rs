//! A scenario in a link.
