//! Links, to the experiment, which is in the link itself, and to the run that is shown; and both as files.

use leptos::prelude::*;

use crate::address;
use crate::bench::Bench;
use crate::clipboard;
use crate::files::Files;
use crate::focus::focus;
use crate::icons::Icon;
use crate::session::Phase;
use crate::units::exact_moment;

/// The share button and what it opens.
#[component]
pub fn Share() -> impl IntoView {
    let bench = Bench::get();
    let open = RwSignal::new(false);
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
            bench.trail.back();
        }
    };
    // Whoever opens it by a key goes on in it by keys.
    Effect::new(move |_| {
        if open.get() {
            request_animation_frame(|| {
                focus(".share .menu .btn");
            });
        }
    });
    view! {
        <div class="share" on:keydown=on_key>
            <button
                type="button"
                class="btn"
                title=move || bench.hint("Share", "share")
                data-share=""
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Icon of="#i-share"/>
                <span class="label">"Share"</span>
            </button>
            <Show when=move || open.get()>
                {bench.later.view(|parts| (parts.links)())}
            </Show>
        </div>
    }
}

/// What it opens: a link to the experiment, one to the run, and both as files.
#[component]
pub fn Links() -> impl IntoView {
    let bench = Bench::get();
    let experiment = move || bench.editor.scenario.with(|scenario| address::of_scenario(scenario));
    let session = bench.session;
    let run =
        move || session.run.get().map(|run| address::of_run(&run.id, &address::looked(bench)));
    // Only what is over can be packed: a link does not grow.
    let recorded = Memo::new(move |_| {
        session.era.track();
        session.phase.with(|phase| matches!(phase, Phase::Ended(_))).then_some(())?;
        let simulated = session.simulated.with(Option::is_some);
        let steered = session.is_steered();
        session.whole(|all| address::of_recorded(all, simulated, steered))
    });
    let at = move || {
        let look = address::looked(bench);
        let held = session.held.get();
        let at = held.and_then(|held| {
            session.plan.with(|plan| Some(format!("at {}", exact_moment(held.at, plan.as_ref()?))))
        });
        let with = match look.selected.len() {
            0 => None,
            1 => look.selected.first().map(|id| format!("with {id} selected")),
            many => Some(format!("with {many} tasks selected")),
        };
        let parts: Vec<String> = at.into_iter().chain(with).collect();
        let over = session.phase.with(|phase| matches!(phase, Phase::Ended(_)));
        if parts.is_empty() && !over {
            return " It opens live.".to_owned();
        }
        if parts.is_empty() {
            return " It opens at the end; hold the run at a moment to link to that.".to_owned();
        }
        format!(" It opens {}.", parts.join(", "))
    };
    view! {
        <div class="menu" role="group" aria-label="Links and files">
            {move || match experiment() {
                Ok(link) => view! {
                    <Link
                        label="This experiment"
                        about="The whole experiment is in the link, with its seed: who simulates it sees the same. Nothing is stored.".to_owned()
                        link=link
                    />
                }.into_any(),
                Err(error) => view! { <p>{error.to_string()}</p> }.into_any(),
            }}
            {move || recorded.get().map(|link| match link {
                Ok(link) => {
                    let link = link + &address::looked(bench).written();
                    let chars = link.len();
                    let about = format!("The run itself is in these {chars} characters: it replays without a server, for ever.{}", at());
                    view! { <Link label="This run" about=about link=link/> }.into_any()
                }
                Err(error) => view! { <p>{format!("This run cannot be in a link of its own: {error}.")}</p> }.into_any(),
            })}
            {move || run().map(|link| {
                let about = format!("Whoever opens it sees the same run, live or again, for an hour.{}", at());
                view! { <Link label="This run on this server" about=about link=link/> }
            })}
            <Files/>
        </div>
    }
}

#[component]
fn Link(label: &'static str, about: String, link: String) -> impl IntoView {
    let bench = Bench::get();
    let text = link.clone();
    let copy = move |_| {
        let otherwise =
            "The browser does not let us copy; the link is in the field, select it there.";
        clipboard::copy(bench, text.clone(), otherwise);
    };
    view! {
        <div class="link">
            <label>
                <b>{label}</b>
                <input class="field" readonly=true prop:value=link/>
            </label>
            <button type="button" class="btn" aria-label=format!("Copy the link to {}", label.to_lowercase()) on:click=copy>
                <Icon of="#i-copy"/>
                "Copy"
            </button>
            <p>{about}</p>
        </div>
    }
}
