//! Lanes and spans.
