//! The crate that stands outside the product: what `cargo xtask` is made of.
//!
//! A command of xtask is a list of [`Stage`]s. Each runs one program, lets its output
//! through and comes back as a [`Report`]; [`Summary`] shows all of them.
//!
//! ```text
//! Stage ──run──▶ Report ──┐
//! Stage ──run──▶ Report ──┼──▶ Summary ──▶ table, `N passed, N failed`
//! Stage ──run──▶ Report ──┘
//! ```
//!
//! Which stages a command has is decided in `bin/xtask.rs`, and only there.
//!
//! [`Stage`]: stage::Stage
//! [`Report`]: stage::Report
//! [`Summary`]: summary::Summary

pub mod stage;
pub mod summary;
pub mod tally;
