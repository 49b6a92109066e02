//! The crate that stands outside the product: what `cargo xtask` is made of.
//!
//! A command of xtask is a list of [`Stage`]s. Each does one thing, lets its output
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
//! Two stages are more than a program that is started. [`page`] makes the folder that
//! the server serves, of the compiled frontend and of `static`; [`browser`] drives the
//! served page in a real browser, with the tests in `e2e/tests`. What they need on the
//! machine is found, or installed, by [`tools`].
//!
//! [`conformance`] writes which rule of Python's has which tests, [`soak`] what the long tests came
//! to, and [`oracle`] asks a real CPython.
//!
//! [`Stage`]: stage::Stage
//! [`Report`]: stage::Report
//! [`Summary`]: summary::Summary

pub mod browser;
pub mod conformance;
pub mod oracle;
pub mod page;
pub mod soak;
pub mod stage;
pub mod summary;
pub mod tally;
pub mod tools;
pub mod workspace;
