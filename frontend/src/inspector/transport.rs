//! What it cost to send a call to another process, and its results back: of one call, or of all that
//! carry items of a map node.

use leptos::prelude::*;
use shared::scenario::ExecutorKind;
use shared::units::{FutureId, Span, TaskId, with_commas};
use shared::view::{Post, micros};

use crate::fold::Fold;

/// What is known of the post of this future, or else of all items of this map node; nothing before
/// anything was sent.
pub fn transport(
    fold: &Fold,
    task: TaskId,
    future: Option<FutureId>,
    is_simulated: bool,
) -> Option<AnyView> {
    let view = &fold.view;
    fold.future_of(task)?;
    let kind = view.plan().kind();
    let nothing = match kind {
        ExecutorKind::Threads => {
            Some("Nothing travels: a thread works on the program's own objects.")
        }
        ExecutorKind::Interpreters => {
            Some("Interpreters are threads here, and nothing travels between them.")
        }
        ExecutorKind::Processes | ExecutorKind::Pool => is_simulated.then_some(
            "Nothing travels in a simulation. Run it for real to see what the post costs.",
        ),
    };
    if let Some(words) = nothing {
        return Some(view! { <p class="dim">{words}</p> }.into_any());
    }
    let of_items = view.items(task).is_some() && future.is_none();
    let post = if of_items { view.post_of_items(task).copied() } else { view.post(future?) }?;
    let reader = if kind == ExecutorKind::Pool { "result handler" } else { "manager" };
    let is_scaled = (view.plan().scenario.scale - 1.0).abs() > 1e-9;
    Some(figures(&post, of_items, reader, is_scaled))
}

fn figures(post: &Post, of_items: bool, reader: &str, is_scaled: bool) -> AnyView {
    // Of one call all of it, of many what falls to each of them and to each item.
    let shares = if of_items { vec![post.calls, post.items] } else { vec![1] };
    let row = |name: String, cells: Vec<String>| {
        let cells = cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
        view! { <tr><th scope="row">{name}</th>{cells}</tr> }
    };
    let bytes = |name: &str, all: u64| {
        let cells = shares.iter().map(|of| bytes_text(all, *of)).collect();
        row(name.to_owned(), cells)
    };
    let leg = |name: &str, leg: Span| {
        row(name.to_owned(), shares.iter().map(|of| micros(leg, *of)).collect())
    };
    let way =
        if post.packing().is_some() { "way to the worker" } else { "packing, way to the worker" };
    let reader = format!("until the {reader} had it");
    let heads = of_items.then(|| {
        view! { <thead><tr><td></td><th scope="col">"a call"</th><th scope="col">"an item"</th></tr></thead> }
    });
    let of = if of_items {
        let grouped = |number: u32| with_commas(&number.to_string());
        let items = if post.items == 1 { "item" } else { "items" };
        let calls = if post.calls == 1 { "call" } else { "calls" };
        format!(
            "On average of {} {items} in {} {calls}. An item: ",
            grouped(post.items),
            grouped(post.calls)
        )
    } else {
        String::new()
    };
    let each = if of_items { post.items } else { 1 };
    view! {
        <p data-post="">{of}{post.sentence(each)}</p>
        <table class="post">
            {heads}
            <tbody>
                {post.sent().map(|sent| bytes("bytes sent", sent))}
                {bytes("bytes received", post.received())}
                {post.packing().map(|packing| leg("packing the call", packing))}
                {leg(way, post.way_there)}
                {leg("unpacking it there", post.unpacking)}
                {leg("work", post.work)}
                {leg("packing what came of it", post.packing_back)}
                {leg("way back, unpacking", post.way_back)}
                {leg(&reader, post.handing_over)}
            </tbody>
        </table>
        {is_scaled.then(|| view! {
            <p class="dim">"These are real times: the scale of time does not change them."</p>
        })}
    }
    .into_any()
}

/// Bytes of one of so many; a part of a byte where it says something.
fn bytes_text(all: u64, of: u32) -> String {
    let each = all as f64 / f64::from(of.max(1));
    if each >= 10.0 || all.is_multiple_of(of.max(1).into()) {
        with_commas(&format!("{each:.0}"))
    } else {
        format!("{each:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_whole_unless_a_part_of_one_says_something() {
        assert_eq!(bytes_text(1_234_567, 1), "1,234,567");
        assert_eq!(bytes_text(36, 4), "9");
        assert_eq!(bytes_text(23, 1_000), "0.02");
        assert_eq!(bytes_text(1_001, 10), "100");
        assert_eq!(bytes_text(0, 0), "0");
    }
}
