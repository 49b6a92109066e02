//! A run in the forms of others, so that what is known of it need not stay with us.

pub mod form;
pub mod picture;
pub mod png;
pub mod report;
pub mod trace;
