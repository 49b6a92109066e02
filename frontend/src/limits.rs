//! The limits, each with its number: the same table that the code compares with.

use leptos::prelude::*;
use shared::limits::{Limit, table};
use shared::units::with_commas;

use crate::gallery::SiteHeader;

/// The table of limits.
#[component]
pub fn Limits() -> impl IntoView {
    document().set_title("Limits · Futurescope");
    let row = |limit: Limit| {
        let (value, unit) = readable(limit.value, limit.unit);
        view! { <tr><th scope="row">{limit.name}</th><td class="num">{value}</td><td>{unit}</td></tr> }
    };
    view! {
        <div class="site-page">
            <SiteHeader here="limits"/>
            <main>
                <h1>"Everything has a limit"</h1>
                <p class="lead">
                    "Runs are real threads and real processes on a machine that others use, too. Whoever meets a limit is told which."
                </p>
                <table class="plain-table">
                    <tbody>{table().into_iter().map(row).collect_view()}</tbody>
                </table>
            </main>
        </div>
    }
}

/// Bytes in the largest unit that they fill, and thousands apart.
fn readable(value: u64, unit: &'static str) -> (String, &'static str) {
    const MIB: u64 = 1024 * 1024;
    match unit {
        "bytes" if value >= MIB && value.is_multiple_of(MIB) => {
            (with_commas(&(value / MIB).to_string()), "MiB")
        }
        "bytes" if value >= 1024 && value.is_multiple_of(1024) => {
            (with_commas(&(value / 1024).to_string()), "KiB")
        }
        unit => (with_commas(&value.to_string()), unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(readable(1_000_000, "records"), ("1,000,000".to_owned(), "records"));
        assert_eq!(readable(67_108_864, "bytes"), ("64".to_owned(), "MiB"));
        assert_eq!(readable(999, "tasks"), ("999".to_owned(), "tasks"));
    }
}
