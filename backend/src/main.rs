//! `futurescope`, which cannot run anything yet.

fn main() {
    eprintln!("futurescope: nothing to run yet");
    std::process::exit(2);
}
