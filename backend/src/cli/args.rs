//! From words to what is wanted.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};

use shared::export::form::Form;

use crate::server::Config;

/// Where a server listens if it is not told.
const LISTEN: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 7070);

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// How to use it.
    Help,
    /// Which version it is.
    Version,
    /// A run.
    Run(Options),
    /// A program's text.
    Text(Asked),
    /// A server.
    Serve(Config),
}

/// The languages in which a scenario can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// Rust.
    Rust,
}

/// Which text is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    /// In which language.
    pub language: Language,
    /// The scenario's file; `-` is stdin.
    pub file: OsString,
    /// As JSON, each line with what it does.
    pub lines: bool,
}

/// What to run, and how to tell it.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one for each switch
pub struct Options {
    /// The scenario's file; `-` is stdin.
    pub file: OsString,
    /// One record a line.
    pub json: bool,
    /// In virtual time.
    pub simulate: bool,
    /// The bookkeeping, too.
    pub everything: bool,
    /// Nothing but the hash of the log.
    pub hash: bool,
    /// Instead of the scenario's.
    pub seed: Option<u64>,
    /// Where the run is written when it is over, and in which form.
    pub out: Vec<(OsString, Form)>,
}

/// Reads the words after the program's name.
///
/// # Errors
/// What is wrong with them, as the first half of a sentence.
pub fn parse(args: Vec<OsString>) -> Result<Wanted, String> {
    let mut words = args.into_iter();
    let Some(command) = words.next() else {
        return Err("a command is missing".to_owned());
    };
    match command.to_str() {
        Some("run") => parse_run("run", words),
        Some("simulate") => parse_run("simulate", words),
        Some("python") => parse_text("python", Language::Python, words),
        Some("rust") => parse_text("rust", Language::Rust, words),
        Some("serve") => parse_serve(words),
        Some("help" | "--help" | "-h") => Ok(Wanted::Help),
        Some("version" | "--version" | "-V") => Ok(Wanted::Version),
        _ => Err(format!("there is no command {}", command.display())),
    }
}

/// A file's name with the form that it says.
fn out(file: OsString) -> Result<(OsString, Form), String> {
    let name = file.to_string_lossy().into_owned();
    match Form::of(&name) {
        Some(form) => Ok((file, form)),
        None if std::path::Path::new(&name).extension().is_some_and(|it| it == "png") => {
            Err("a PNG is made by the page; here --out writes the same picture as .svg".to_owned())
        }
        None => {
            let endings: Vec<String> = Form::ALL.map(|form| format!(".{}", form.ending())).to_vec();
            Err(format!("--out knows a form by its name: it ends in {}", endings.join(", ")))
        }
    }
}

/// `run`, or `simulate`, which is `run --simulate` with one option more.
fn parse_run(
    command: &'static str,
    mut words: impl Iterator<Item = OsString>,
) -> Result<Wanted, String> {
    let simulate = command == "simulate";
    let mut options = Options { simulate, ..Options::default() };
    let mut files = Vec::new();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--help" | "-h") => return Ok(Wanted::Help),
            Some("--json") => options.json = true,
            Some("--simulate") if !simulate => options.simulate = true,
            Some("--hash") if simulate => options.hash = true,
            Some("--everything") => options.everything = true,
            Some("--seed") => {
                let number = words.next().ok_or("--seed needs a number")?;
                options.seed = Some(seed(&number.to_string_lossy())?);
            }
            Some("--out") => {
                options.out.push(out(words.next().ok_or("--out needs a file")?)?);
            }
            Some(text) if text.starts_with("--out=") => {
                options.out.push(out(text["--out=".len()..].into())?);
            }
            Some("--") => files.extend(words.by_ref()),
            Some(text) if text.starts_with("--seed=") => {
                options.seed = Some(seed(&text["--seed=".len()..])?);
            }
            Some(text) if text.starts_with('-') && text != "-" => {
                return Err(format!("{command} has no option {text}"));
            }
            _ => files.push(word),
        }
    }
    if options.json && options.everything {
        return Err("--everything does not go with --json, which has every record".to_owned());
    }
    if options.hash && (options.json || options.everything) {
        return Err("--hash says nothing but the hash: it goes with no other telling".to_owned());
    }
    Ok(Wanted::Run(Options { file: one_file(command, files)?, ..options }))
}

fn parse_text(
    command: &'static str,
    language: Language,
    words: impl Iterator<Item = OsString>,
) -> Result<Wanted, String> {
    let (mut lines, mut files) = (false, Vec::new());
    for word in words {
        match word.to_str() {
            Some("--help" | "-h") => return Ok(Wanted::Help),
            Some("--lines") => lines = true,
            Some(text) if text.starts_with('-') && text != "-" => {
                return Err(format!("{command} has no option {text}"));
            }
            _ => files.push(word),
        }
    }
    Ok(Wanted::Text(Asked { language, file: one_file(command, files)?, lines }))
}

/// The one file of a command.
fn one_file(command: &str, mut files: Vec<OsString>) -> Result<OsString, String> {
    let count = files.len();
    match (files.pop(), count) {
        (None, _) => Err(format!("{command} needs a file")),
        (Some(file), 1) => Ok(file),
        (Some(_), count) => Err(format!("{command} takes one file, not {count}")),
    }
}

fn parse_serve(mut words: impl Iterator<Item = OsString>) -> Result<Wanted, String> {
    let mut config = Config::new(LISTEN.into());
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        let (option, joined) = match text.split_once('=') {
            Some((option, value)) => (option, Some(OsString::from(value))),
            None => (&*text, None),
        };
        let mut value =
            |what| joined.clone().or_else(|| words.next()).ok_or(format!("{option} needs {what}"));
        match option {
            "--help" | "-h" => return Ok(Wanted::Help),
            "--listen" => config.listen = address(&value("an address")?.to_string_lossy())?,
            "--page" => config.page = Some(value("a folder")?.into()),
            "--origin" => {
                let origin = value("an origin")?;
                let origin = origin.to_string_lossy().parse();
                config.origins.push(origin.map_err(|error| format!("--origin: {error}"))?);
            }
            _ if option.starts_with('-') => return Err(format!("serve has no option {option}")),
            _ => return Err(format!("serve takes no file, and {text} looks like one")),
        }
    }
    Ok(Wanted::Serve(config))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("--listen needs an address and a port, such as 127.0.0.1:7070, not {text}")
    })
}

fn seed(text: &str) -> Result<u64, String> {
    let range = format!("a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(|_| format!("--seed needs {range}, not {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Wanted, String> {
        parse(line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn options_stand_before_or_behind_the_file() {
        let wanted = Options {
            file: "a.json".into(),
            simulate: true,
            everything: true,
            seed: Some(7),
            ..Options::default()
        };
        for line in [
            "run a.json --simulate --seed 7 --everything",
            "run --everything --seed=7 --simulate -- a.json",
            "simulate --seed 7 a.json --everything",
        ] {
            let wanted = Options { file: wanted.file.clone(), out: Vec::new(), ..wanted };
            assert_eq!(parsed(line), Ok(Wanted::Run(wanted)), "{line}");
        }
    }

    #[test]
    fn a_dash_is_a_file_and_no_option() {
        let options = Options { file: "-".into(), json: true, ..Options::default() };
        assert_eq!(parsed("run - --json"), Ok(Wanted::Run(options)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, said) in [
            ("", "a command is missing"),
            ("rnu a", "there is no command rnu"),
            ("run", "run needs a file"),
            ("run a b", "run takes one file, not 2"),
            ("run a --jsn", "run has no option --jsn"),
            ("run a --seed", "--seed needs a number"),
            ("simulate", "simulate needs a file"),
            ("python", "python needs a file"),
            ("rust a b", "rust takes one file, not 2"),
            ("python a --line", "python has no option --line"),
            ("simulate a --simulate", "simulate has no option --simulate"),
            ("run a --hash", "run has no option --hash"),
            (
                "simulate a --hash --json",
                "--hash says nothing but the hash: it goes with no other telling",
            ),
            ("serve here", "serve takes no file, and here looks like one"),
            ("serve --pgae x", "serve has no option --pgae"),
            ("serve --page", "--page needs a folder"),
            (
                "serve --listen 7070",
                "--listen needs an address and a port, such as 127.0.0.1:7070, not 7070",
            ),
            (
                "serve --origin lab",
                "--origin: lab is no origin: it must be http:// or https://, a host and perhaps a \
                 port, no more",
            ),
            (
                "run a --seed -1",
                "--seed needs a whole number from 0 to 18446744073709551615, not -1",
            ),
            (
                "run a --json --everything",
                "--everything does not go with --json, which has every record",
            ),
        ] {
            assert_eq!(parsed(line), Err(said.to_owned()), "{line}");
        }
    }

    #[test]
    fn a_server_listens_where_it_is_told() {
        let served = |line: &str| match parsed(line) {
            Ok(Wanted::Serve(config)) => config,
            other => panic!("{line}: {other:?}"),
        };
        let config = served("serve");
        assert_eq!((config.listen.to_string(), config.page), ("127.0.0.1:7070".to_owned(), None));
        let config =
            served("serve --listen=[::1]:0 --page a/b --origin https://A --origin=http://b");
        assert_eq!(config.listen.to_string(), "[::1]:0");
        assert_eq!(config.page, Some("a/b".into()));
        let origins: Vec<String> = config.origins.iter().map(ToString::to_string).collect();
        assert_eq!(origins, ["https://a", "http://b"]);
    }

    #[test]
    fn help_and_version_have_several_names() {
        for line in ["help", "--help", "-h", "run --help"] {
            assert_eq!(parsed(line), Ok(Wanted::Help));
        }
        for line in ["version", "--version", "-V"] {
            assert_eq!(parsed(line), Ok(Wanted::Version));
        }
    }
}
