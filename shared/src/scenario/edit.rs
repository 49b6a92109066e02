//! Edits of a scenario as values.
